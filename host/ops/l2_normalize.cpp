#include "host/ops/l2_normalize.h"

#include "cl_kernels/abi/l2_normalize.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void l2_normalize(Queue& queue, const Tensor& x, const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "l2_normalize";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_f32(op, "y", y, x.rows, x.cols);
  const l2_normalize_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
  };
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, y.buffer}, args);
}

}  // namespace zerocl::ops
