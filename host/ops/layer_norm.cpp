#include "host/ops/layer_norm.h"

#include "cl_kernels/abi/layer_norm.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void layer_norm(Queue& queue, const Tensor& x, BufferView gamma, BufferView beta, float eps,
                const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "layer_norm";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_vector(op, "gamma", gamma, x.cols);
  check_vector(op, "beta", beta, x.cols);
  check_f32(op, "y", y, x.rows, x.cols);
  const layer_norm_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .eps = eps,
      .write_sum = 0,
      .write_y = 1,
      .out = {},
  };
  const KernelId kernel = row_kernel_of(queue, op, variant, x.cols, x.cols);
  const LaunchShape shape = row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, gamma, beta, y.buffer}, args);
}

}  // namespace zerocl::ops
