#include "host/ops/add_layer_norm.h"

#include "cl_kernels/abi/layer_norm.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void add_layer_norm(Queue& queue, const Tensor& x, const Tensor& residual, BufferView gamma,
                    BufferView beta, float eps, const Tensor* sum, const Tensor& y,
                    std::string_view variant) {
  constexpr std::string_view op = "add_layer_norm";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_f32(op, "residual", residual, x.rows, x.cols);
  check_vector(op, "gamma", gamma, x.cols);
  check_vector(op, "beta", beta, x.cols);
  if (sum) check_f32(op, "sum", *sum, x.rows, x.cols);
  check_f32(op, "y", y, x.rows, x.cols);
  if (sum) check_distinct(op, "sum", *sum, "y", y);
  const layer_norm_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .eps = eps,
      .write_sum = sum != nullptr,
      .write_y = 1,
      .out = {},
  };
  const KernelId kernel = row_kernel_of(queue, op, variant, x.cols, x.cols);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local,
               {x.buffer, residual.buffer, gamma, beta, sum ? sum->buffer : BufferView(), y.buffer},
               args);
}

}  // namespace zerocl::ops
