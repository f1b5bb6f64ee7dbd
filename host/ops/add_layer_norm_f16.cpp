#include "host/ops/add_layer_norm_f16.h"

#include "cl_kernels/abi/layer_norm_f16.h"
#include "host/ops/launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "add_layer_norm_f16";

// What does not depend on the type of x.
struct Operands {
  const F16Matrix& residual;
  BufferView gamma, beta;
  float eps;
  const Tensor* y;
  const F16Matrix* y16;
};

template <class X>
void check(const X& x, const Operands& o) {
  check_f16(kOp, "residual", o.residual, x.rows, x.cols);
  check_vector(kOp, "gamma", o.gamma, x.cols);
  check_vector(kOp, "beta", o.beta, x.cols);
  if (o.y) {
    check_f32(kOp, "y", *o.y, x.rows, x.cols);
    check_f16_distinct(kOp, "y", *o.y, "residual", o.residual);
  }
  if (o.y16) {
    check_f16(kOp, "y16", *o.y16, x.rows, x.cols);
    check_f16_distinct(kOp, "x", x, "y16", *o.y16);
    check_f16_distinct(kOp, "residual", o.residual, "y16", *o.y16);
  }
}

layer_norm_f16_args args_of(std::int64_t rows, std::int64_t cols, const Operands& o) {
  return {
      .rows = static_cast<abi_int>(rows),
      .cols = static_cast<abi_int>(cols),
      .eps = o.eps,
      .write_y = o.y != nullptr,
      .write_y16 = o.y16 != nullptr,
      .x_f32 = 0,
      .x = {},
      .residual = o.residual.args(),
      .y16 = o.y16 ? o.y16->args() : f16_matrix{},
  };
}

void launch(Queue& queue, BufferView x, const Operands& o, const layer_norm_f16_args& args,
            std::string_view variant) {
  const KernelId kernel = row_kernel_of(queue, kOp, variant, args.cols, args.cols);
  const LaunchShape shape = row_shape(kernel, args.rows, 256);
  queue.launch(kernel, shape.global, shape.local,
               {x, o.residual.buffer, o.gamma, o.beta, o.y ? o.y->buffer : BufferView(),
                o.y16 ? o.y16->buffer : BufferView()},
               args);
}

}  // namespace

void add_layer_norm_f16(Queue& queue, const F16Matrix& x, const F16Matrix& residual,
                        BufferView gamma, BufferView beta, float eps, const Tensor* y,
                        const F16Matrix* y16, std::string_view variant) {
  const Operands operands{residual, gamma, beta, eps, y, y16};
  check_f16(kOp, "x", x, x.rows, x.cols);
  check(x, operands);
  if (y) check_f16_distinct(kOp, "y", *y, "x", x);
  layer_norm_f16_args args = args_of(x.rows, x.cols, operands);
  args.x = x.args();
  launch(queue, x.buffer, operands, args, variant);
}

void add_layer_norm_f16(Queue& queue, const Tensor& x, const F16Matrix& residual, BufferView gamma,
                        BufferView beta, float eps, const Tensor* y, const F16Matrix* y16,
                        std::string_view variant) {
  const Operands operands{residual, gamma, beta, eps, y, y16};
  check_shape(kOp, x);
  check_f32(kOp, "x", x, x.rows, x.cols);
  check(x, operands);
  if (y) check_distinct(kOp, "x", x, "y", *y);
  layer_norm_f16_args args = args_of(x.rows, x.cols, operands);
  args.x_f32 = 1;
  launch(queue, x.buffer, operands, args, variant);
}

}  // namespace zerocl::ops
