#include "host/ops/linear_f16_n16f25.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cl_kernels/abi/linear_f16_n16f25.h"
#include "host/error.h"
#include "host/ops/linear_launch.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_f16_n16f25";
// Counted, but for the stages of 128 x 256 and 64 x 64, which were fitted.
constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 256, 384, 1, 1100, 3000},         {"wgmma_192", 128, 192, 384, 1, 880, 2400},
    {"wgmma_mid", 128, 128, 640, 1, 700, 300, 1800}, {"wgmma_low", 64, 128, 256, 2, 570, 1500},
    {"wgmma_few", 64, 64, 256, 2, 400, 1000},
};

constexpr std::int64_t kInputsLimit = std::numeric_limits<std::int32_t>::max() / 2 - 1024;

struct FamilyRow {
  std::string_view variant;
  std::string_view family;
  F16Layout layout;
};
constexpr FamilyRow kFamilies[] = {
    {"wgmma", "tiles", F16Layout::tiles},
    {"group", "rows", F16Layout::rows},
    {"", "panels", F16Layout::rows},
};

const FamilyRow& row_of(std::string_view FamilyRow::*key, std::string_view value,
                        std::string_view what) {
  for (const FamilyRow& row : kFamilies)
    if (row.*key == value) return row;
  throw Error(fmt::format("{}: there is no {} '{}'", kOp, what, value), ErrorKind::usage);
}

// The variant that reads w's family, which a variant asked for must be.
std::string_view variant_for(const DeviceFacts& facts, const LinearF16Weight& w,
                             std::string_view asked) {
  const FamilyRow& row = row_of(&FamilyRow::family, w.family, "family of packed weights");
  if (asked.data() != nullptr && linear_f16_family_of(asked) != w.family)
    throw Error(fmt::format("{}: variant '{}' reads weights of family '{}', not '{}'", kOp, asked,
                            linear_f16_family_of(asked), w.family));
  for (const Variant& variant : kLinearF16Variants) {
    if (variant.name != row.variant) continue;
    if (const auto refusal = variant.refusal(facts))
      throw Error(fmt::format("{}: variant '{}' cannot run on {}: {}", kOp, row.variant, facts.name,
                              *refusal));
  }
  return row.variant;
}

// Costs of tiles count inputs in bytes.
LinearLaunch launch_of(const Queue& queue, std::string_view variant, const LinearShape& shape) {
  if (variant == "wgmma")
    return wgmma_launch(kOp, {shape.rows, shape.outputs, 2 * shape.inputs}, kTiles, queue.facts(),
                        queue.gathering());
  if (variant.empty()) return linear_panel_launch(variant, shape, LINEAR_F16_PANEL);
  const auto rounded = [](std::int64_t count) {
    return static_cast<std::size_t>(divide_up(count, LINEAR_F16_GROUP_TILE) *
                                    LINEAR_F16_GROUP_TILE);
  };
  return {std::string(variant),
          {rounded(shape.outputs), rounded(shape.rows), 1},
          {LINEAR_F16_GROUP_TILE, LINEAR_F16_GROUP_TILE, 1}};
}

void launch(Queue& queue, const F16Matrix& x, const LinearF16Weight& w, const BufferView& y,
            const f16_matrix& y_shape, bool y_f16, std::string_view variant) {
  const LinearShape shape{x.rows, w.outputs, w.inputs};
  const LinearLaunch how = launch_of(queue, variant_for(queue.facts(), w, variant), shape);
  queue.launch({std::string(kOp), how.variant}, how.global, how.local,
               {x.buffer, w.values, w.bias, y}, linear_f16_args(x, w, y_shape, y_f16));
}

}  // namespace

std::string_view linear_f16_family_of(std::string_view variant) {
  return row_of(&FamilyRow::variant, variant, "variant").family;
}

std::string_view linear_f16_family(const DeviceFacts& facts) {
  return linear_f16_family_of(choose_variant(kOp, kLinearF16Variants, facts).name);
}

F16Layout linear_f16_input_layout(std::string_view family) {
  return row_of(&FamilyRow::family, family, "family of packed weights").layout;
}

std::vector<KernelId> linear_f16_kernels(std::string_view variant) {
  std::vector<KernelId> kernels{{std::string(kOp), std::string(variant)}};
  if (variant == "wgmma")
    for (const WgmmaTile& tile : std::span(kTiles).subspan(1))
      kernels.push_back({std::string(kOp), std::string(tile.variant)});
  return kernels;
}

linear_f16_n16f25_args linear_f16_args(const F16Matrix& x, const LinearF16Weight& w,
                                       const f16_matrix& y, bool y_f16) {
  return {
      .rows = static_cast<abi_int>(x.rows),
      .outputs = static_cast<abi_int>(w.outputs),
      .inputs = static_cast<abi_int>(w.inputs),
      .has_bias = w.bias ? 1 : 0,
      .y_f16 = y_f16 ? 1 : 0,
      .x = x.args(),
      .y = y,
  };
}

std::size_t packed_halves(std::string_view family, std::int64_t outputs, std::int64_t inputs) {
  check_linear_shape(kOp, {0, outputs, inputs}, kInputsLimit);
  row_of(&FamilyRow::family, family, "family of packed weights");
  const auto n = static_cast<std::size_t>(outputs), k = static_cast<std::size_t>(inputs);
  if (family == "panels") return divide_up(outputs, LINEAR_F16_PANEL) * LINEAR_F16_PANEL * k;
  if (family == "rows") return n * k;
  return f16_bytes(F16Layout::tiles, outputs, inputs) / 2;
}

void pack_linear_f16(std::string_view family, std::span<const std::uint16_t> values,
                     std::int64_t outputs, std::int64_t inputs, std::span<std::uint16_t> out) {
  const std::size_t expected = packed_halves(family, outputs, inputs);
  const auto rows = static_cast<std::size_t>(outputs), cols = static_cast<std::size_t>(inputs);
  if (values.size() != rows * cols || out.size() != expected)
    throw Error(fmt::format("{}: {} values and {} packed ones; a weight [{}, {}] has {} and {}",
                            kOp, values.size(), out.size(), outputs, inputs, rows * cols,
                            expected));
  std::fill(out.begin(), out.end(), std::uint16_t{0});
  for (std::size_t n = 0; n < rows; ++n)
    for (std::size_t k = 0; k < cols; ++k) {
      const std::size_t at = family == "panels" ? LINEAR_F16_PANELS_INDEX(n, k, cols)
                             : family == "rows"
                                 ? n * cols + k
                                 : F16_INDEX(F16_TILES, n, k, F16_TILES_STRIDE(cols));
      out[at] = values[n * cols + k];
    }
}

void check_linear_f16(std::string_view op, const F16Matrix& x, const LinearF16Weight& w) {
  check_linear_shape(op, {x.rows, w.outputs, w.inputs}, kInputsLimit);
  check_f16(op, "x", x, x.rows, w.inputs);
  if (x.layout != linear_f16_input_layout(w.family))
    throw Error(fmt::format("{}: x has layout {}; weights of family '{}' go with layout {}", op,
                            static_cast<int>(x.layout), w.family,
                            static_cast<int>(linear_f16_input_layout(w.family))));
  check_linear_buffer(op, "w", w.values, 2 * packed_halves(w.family, w.outputs, w.inputs));
  check_linear_bias(op, w.bias, w.outputs);
}

void linear_f16_n16f25(Queue& queue, const F16Matrix& x, const LinearF16Weight& w, const Tensor& y,
                       std::string_view variant) {
  check_linear_f16(kOp, x, w);
  check_linear_matrix(kOp, "y", y, x.rows, w.outputs);
  launch(queue, x, w, y.buffer, {F16_ROWS, static_cast<abi_int>(y.stride)}, false, variant);
}

void linear_f16_n16f25(Queue& queue, const F16Matrix& x, const LinearF16Weight& w,
                       const F16Matrix& y, std::string_view variant) {
  check_linear_f16(kOp, x, w);
  check_f16(kOp, "y", y, x.rows, w.outputs);
  check_f16_distinct(kOp, "x", x, "y", y);
  launch(queue, x, w, y.buffer, y.args(), true, variant);
}

}  // namespace zerocl::ops
