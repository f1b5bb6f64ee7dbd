#include "host/ops/linear_f32_fast.h"

#include <fmt/format.h>

#include "host/error.h"

#ifdef ZEROCL_CLBLAST
#include <clblast.h>

#include <limits>

#include "cl_kernels/abi/linear_f32.h"
#include "host/ops/linear_launch.h"
#endif

namespace zerocl::ops {

#ifdef ZEROCL_CLBLAST

namespace {

constexpr std::string_view kOp = "linear_f32_fast";

std::size_t count(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

bool linear_f32_fast_available() {
  return true;
}

void linear_f32_fast(Queue& queue, const Tensor& x, const LinearF32Weight& w, const Tensor& y) {
  check_linear_shape(kOp, {x.rows, w.outputs, w.inputs},
                     std::numeric_limits<std::int32_t>::max() - 1024);
  if (w.family != kLinearF32FastFamily)
    throw Error(fmt::format("{}: w is packed in family '{}'; expected '{}'", kOp, w.family,
                            kLinearF32FastFamily));
  check_linear_matrix(kOp, "x", x, x.rows, w.inputs);
  check_linear_buffer(kOp, "w", w.values, sizeof(float) * count(w.outputs * w.inputs));
  check_linear_bias(kOp, w.bias, w.outputs);
  check_linear_matrix(kOp, "y", y, x.rows, w.outputs);
  if (x.rows == 0) return;
  if (w.bias) {  // y = bias first, the product is added
    const linear_f32_args args{
        .rows = static_cast<abi_int>(x.rows),
        .outputs = static_cast<abi_int>(w.outputs),
        .inputs = static_cast<abi_int>(w.inputs),
        .x_stride = static_cast<abi_int>(x.stride),
        .y_stride = static_cast<abi_int>(y.stride),
        .has_bias = 1,
    };
    queue.launch({std::string(kOp), ""}, {count(w.outputs), count(x.rows), 1}, {1, 1, 1},
                 {w.bias, y.buffer}, args);
  }
  cl_command_queue handle = queue.handle();
  const auto status = clblast::Gemm<float>(
      clblast::Layout::kRowMajor, clblast::Transpose::kNo, clblast::Transpose::kYes, count(x.rows),
      count(w.outputs), count(w.inputs), 1.0f, x.buffer.memory, 0, count(x.stride), w.values.memory,
      0, count(w.inputs), w.bias ? 1.0f : 0.0f, y.buffer.memory, 0, count(y.stride), &handle,
      nullptr);
  if (status != clblast::StatusCode::kSuccess)
    throw Error(fmt::format("{}: CLBlast failed with status {} at {} for x [{}, {}] and w [{}, {}]",
                            kOp, static_cast<int>(status), queue.label(), x.rows, w.inputs,
                            w.outputs, w.inputs));
}

#else

bool linear_f32_fast_available() {
  return false;
}

void linear_f32_fast(Queue&, const Tensor&, const LinearF32Weight&, const Tensor&) {
  throw Error("linear_f32_fast: this program was built without CLBlast", ErrorKind::usage);
}

#endif

}  // namespace zerocl::ops
