#include "host/ops/gelu_quantize.h"

#include "host/ops/launch.h"

namespace zerocl::ops {

void gelu_quantize(Queue& queue, const Tensor& x, GeluForm form, const Codes& q,
                   std::string_view variant) {
  constexpr std::string_view op = "gelu_quantize";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_codes(op, "q", q, x.rows, x.cols);
  const gelu_quantize_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .form = static_cast<abi_int>(form),
      .out = output_of(q),
  };
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, q.codes.buffer, q.scales.buffer},
               args);
}

}  // namespace zerocl::ops
