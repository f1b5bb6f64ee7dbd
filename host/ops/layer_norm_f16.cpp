#include "host/ops/layer_norm_f16.h"

#include "cl_kernels/abi/layer_norm_f16.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void layer_norm_f16(Queue& queue, const Tensor& x, BufferView gamma, BufferView beta, float eps,
                    const Tensor* y, const F16Matrix* y16, std::string_view variant) {
  constexpr std::string_view op = "layer_norm_f16";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_vector(op, "gamma", gamma, x.cols);
  check_vector(op, "beta", beta, x.cols);
  if (y) check_f32(op, "y", *y, x.rows, x.cols);
  if (y) check_distinct(op, "x", x, "y", *y);
  if (y16) check_f16(op, "y16", *y16, x.rows, x.cols);
  const layer_norm_f16_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .eps = eps,
      .write_y = y != nullptr,
      .write_y16 = y16 != nullptr,
      .x_f32 = 0,
      .x = {},
      .residual = {},
      .y16 = y16 ? y16->args() : f16_matrix{},
  };
  const KernelId kernel = row_kernel_of(queue, op, variant, x.cols, x.cols);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(
      kernel, shape.global, shape.local,
      {x.buffer, gamma, beta, y ? y->buffer : BufferView(), y16 ? y16->buffer : BufferView()},
      args);
}

}  // namespace zerocl::ops
