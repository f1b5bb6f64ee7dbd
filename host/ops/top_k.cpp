#include "host/ops/top_k.h"

#include <fmt/format.h>

#include "cl_kernels/abi/top_k.h"
#include "host/error.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void top_k(Queue& queue, const Tensor& x, int k, BufferView values, BufferView indices,
           std::string_view variant) {
  constexpr std::string_view op = "top_k";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  if (k < 1 || k > TOP_K_MAX || k > x.cols)
    throw Error(
        fmt::format("{}: k is {} of {} columns; expected 1 to {} and no more than there "
                    "are columns",
                    op, k, x.cols, TOP_K_MAX));
  check_vector(op, "values", values, x.rows * k);
  check_vector(op, "indices", indices, x.rows * k);
  const top_k_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .k = static_cast<abi_int>(k),
  };
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, values, indices}, args);
}

}  // namespace zerocl::ops
