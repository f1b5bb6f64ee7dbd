#include "host/ops/linear_f32.h"

#include <fmt/format.h>

#include <limits>

#include "cl_kernels/abi/linear_f32.h"
#include "host/error.h"
#include "host/ops/linear_launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_f32";
constexpr std::int64_t kInputsLimit = std::numeric_limits<std::int32_t>::max() - 1024;

// The variant that reads w's family, which a variant asked for must be.
std::string_view variant_for(const LinearF32Weight& w, std::string_view asked) {
  for (const Variant& variant : kLinearF32Variants) {
    if (linear_f32_family_of(variant.name) != w.family) continue;
    if (asked.data() != nullptr && linear_f32_family_of(asked) != w.family) break;
    return variant.name;
  }
  throw Error(asked.data() == nullptr
                  ? fmt::format("{}: no variant reads weights of family '{}'", kOp, w.family)
                  : fmt::format("{}: variant '{}' reads weights of family '{}', not '{}'", kOp,
                                asked, linear_f32_family_of(asked), w.family));
}

}  // namespace

std::string_view linear_f32_family_of(std::string_view variant) {
  if (variant.empty()) return "panels";
  if (variant == "group") return "columns";
  throw Error(fmt::format("{}: there is no variant '{}'", kOp, variant), ErrorKind::usage);
}

std::string_view linear_f32_family(const DeviceFacts& facts) {
  return linear_f32_family_of(choose_variant(kOp, kLinearF32Variants, facts).name);
}

void linear_f32(Queue& queue, const Tensor& x, const LinearF32Weight& w, const Tensor& y,
                std::string_view variant) {
  const LinearShape shape{x.rows, w.outputs, w.inputs};
  const std::string_view chosen = variant_for(w, variant);
  check_linear_shape(kOp, shape, kInputsLimit);
  check_linear_matrix(kOp, "x", x, x.rows, w.inputs);
  check_linear_buffer(kOp, "w", w.values,
                      sizeof(float) * packed_floats_f32(w.family, w.outputs, w.inputs));
  check_linear_bias(kOp, w.bias, w.outputs);
  check_linear_matrix(kOp, "y", y, x.rows, w.outputs);
  const linear_f32_args args{
      .rows = static_cast<abi_int>(x.rows),
      .outputs = static_cast<abi_int>(w.outputs),
      .inputs = static_cast<abi_int>(w.inputs),
      .x_stride = static_cast<abi_int>(x.stride),
      .y_stride = static_cast<abi_int>(y.stride),
      .has_bias = w.bias ? 1 : 0,
  };
  const LinearLaunch launch =
      chosen == "group"
          ? linear_group_launch(
                kOp, shape,
                {LINEAR_F32_GROUP_TILE, LINEAR_F32_GROUP_SIZE, LINEAR_F32_GROUP_FEW_ROWS,
                 LINEAR_F32_GROUP_FEW_OUTPUTS, LINEAR_F32_GROUP_FEW_SIZE},
                queue.facts())
          : linear_panel_launch(chosen, shape, LINEAR_F32_PANEL);
  queue.launch({std::string(kOp), launch.variant}, launch.global, launch.local,
               {x.buffer, w.values, w.bias, y.buffer}, args);
}

}  // namespace zerocl::ops
