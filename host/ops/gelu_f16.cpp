#include "host/ops/gelu_f16.h"

#include "cl_kernels/abi/gelu_f16.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void gelu_f16(Queue& queue, const Tensor& x, GeluForm form, const F16Matrix& y,
              std::string_view variant) {
  constexpr std::string_view op = "gelu_f16";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_f16(op, "y", y, x.rows, x.cols);
  const gelu_f16_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .form = static_cast<abi_int>(form),
      .y = y.args(),
  };
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, y.buffer}, args);
}

}  // namespace zerocl::ops
