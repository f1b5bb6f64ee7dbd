#include "host/ops/argmax.h"

#include "cl_kernels/abi/argmax.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void argmax(Queue& queue, const Tensor& x, BufferView out, std::string_view variant) {
  constexpr std::string_view op = "argmax";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_vector(op, "out", out, x.rows);
  const argmax_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
  };
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, out}, args);
}

}  // namespace zerocl::ops
