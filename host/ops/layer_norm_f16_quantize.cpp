#include "host/ops/layer_norm_f16_quantize.h"

#include "host/ops/launch.h"
#include "host/ops/norm_f16_quantize_args.h"

namespace zerocl::ops {

void layer_norm_f16_quantize(Queue& queue, const Tensor& x, BufferView gamma, BufferView beta,
                             float eps, const F16Matrix* y, const Codes& q,
                             std::string_view variant) {
  constexpr std::string_view op = "layer_norm_f16_quantize";
  const layer_norm_f16_quantize_args args = norm_f16_quantize_args(op, x, gamma, beta, eps, y, q);
  const KernelId kernel = row_kernel_of(queue, op, variant, x.cols, q.group);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(
      kernel, shape.global, shape.local,
      {x.buffer, gamma, beta, y ? y->buffer : BufferView(), q.codes.buffer, q.scales.buffer}, args);
}

}  // namespace zerocl::ops
