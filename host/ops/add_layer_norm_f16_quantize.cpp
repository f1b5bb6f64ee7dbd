#include "host/ops/add_layer_norm_f16_quantize.h"

#include "cl_kernels/abi/layer_norm_f16_quantize.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void add_layer_norm_f16_quantize(Queue& queue, const Tensor& x, const F16Matrix& residual,
                                 BufferView gamma, BufferView beta, float eps, const F16Matrix* y,
                                 const Codes& q, std::string_view variant) {
  constexpr std::string_view op = "add_layer_norm_f16_quantize";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_f16_rows(op, "residual", residual, x.rows, x.cols);
  check_vector(op, "gamma", gamma, x.cols);
  check_vector(op, "beta", beta, x.cols);
  if (y) {
    check_f16_rows(op, "y", *y, x.rows, x.cols);
    check_f16_distinct(op, "x", x, "y", *y);
  }
  check_codes(op, "q", q, x.rows, x.cols);
  const layer_norm_f16_quantize_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .eps = eps,
      .write_y = y != nullptr,
      .out = output_of(q),
  };
  const KernelId kernel = row_kernel_of(queue, op, variant, x.cols, q.group);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local,
               {x.buffer, residual.buffer, gamma, beta, y ? y->buffer : BufferView(),
                q.codes.buffer, q.scales.buffer},
               args);
}

}  // namespace zerocl::ops
