#include "host/ops/quantize_tokens.h"

#include "cl_kernels/abi/quantize_tokens.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void quantize_tokens(Queue& queue, const Tensor& x, const Codes& y, std::string_view variant) {
  constexpr std::string_view op = "quantize_tokens";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_codes(op, "y", y, x.rows, x.cols);
  const quantize_tokens_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .out = output_of(y),
  };
  const KernelId kernel = row_kernel_of(queue, op, variant, x.cols, y.group);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, y.codes.buffer, y.scales.buffer},
               args);
}

}  // namespace zerocl::ops
