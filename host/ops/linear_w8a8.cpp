#include "host/ops/linear_w8a8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cl_kernels/abi/linear_w8a8.h"
#include "cl_kernels/abi/numerics.h"
#include "host/error.h"
#include "host/ops/codes.h"
#include "host/ops/launch.h"
#include "host/ops/linear_launch.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl {
namespace {

// PoCL versions whose LLVM was seen to compile the variant to right code. Elsewhere LLVM may stop
// at "Cannot select", and that ends the whole process inside clBuildProgram or the first launch,
// where nothing can be caught. Trying it in a child process first is no way out for a library: a
// fork of a process that has PoCL's threads and LLVM's locks may itself hang, and there is no
// program of ours to spawn instead. So: a list of what was tried, and the portable twin for the
// rest.
constexpr std::array<std::string_view, 2> kTriedPocl = {
    "3.1",  // Debian 12
    "5.0",  // Ubuntu 24.04
};

// PoCL's drivers for the processor that the program itself runs on, by the first word of the
// device's name; others (remote, proxied devices) run elsewhere, where CPUID says nothing.
constexpr std::array<std::string_view, 3> kLocalDrivers = {"pthread", "basic", "cpu"};

std::optional<std::string> capability_refusal(const DeviceFacts& facts, int major, int minor) {
  if (!facts.is_nvidia()) return "needs an NVIDIA GPU";
  if (facts.nvidia_sm() >= 10 * major + minor) return std::nullopt;
  return fmt::format("needs compute capability {}.{} or more, found {}.{}", major, minor,
                     facts.nvidia_sm_major, facts.nvidia_sm_minor);
}

}  // namespace

std::optional<std::string> linear_w8a8_vnni_refusal(const DeviceFacts& facts) {
  if (!facts.is_pocl || !facts.is_cpu) return "needs PoCL on a CPU";
  if (std::none_of(kLocalDrivers.begin(), kLocalDrivers.end(),
                   [&](std::string_view driver) { return facts.name.starts_with(driver); }))
    return fmt::format("not tried with PoCL's device {}", facts.name);
  if (!facts.has_vnni()) return "needs a processor with AVX512-VNNI";
  if (std::find(kTriedPocl.begin(), kTriedPocl.end(), facts.pocl_version) == kTriedPocl.end())
    return fmt::format("not tried with PoCL {} (tried: {})", facts.pocl_version,
                       fmt::join(kTriedPocl, ", "));
  return std::nullopt;
}

std::optional<std::string> linear_w8a8_mma_refusal(const DeviceFacts& facts) {
  return capability_refusal(facts, 8, 0);
}

std::optional<std::string> linear_w8a8_dp4a_refusal(const DeviceFacts& facts) {
  return capability_refusal(facts, 6, 1);
}

namespace ops {
namespace {

constexpr std::string_view kOp = "linear_w8a8";

constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 256, 384, 1, 1100, 9000},
    {"wgmma_mid", 128, 128, 640, 1, 600, 3000, 2500},
    {"wgmma_still", 128, 128, 640, 1, 540, 3000, 2500, true},
    {"wgmma_few", 64, 64, 256, 2, 330, 600},
    {"wgmma_narrow", 64, 32, 256, 2, 250, 100},
};
// With sums for each group along K.
constexpr WgmmaTile kGroupTiles[] = {
    {"wgmma_groups", 128, 128, 384, 1, 1000, 2500},
    {"wgmma_groups_few", 64, 64, 256, 1, 700, 1500},
};

// On tensor cores by mma.sync. The costs are counted, not fitted: products at two thirds of the
// rate that mma.sync reached on an H100, smaller tiles less for their larger share of copies.
constexpr WgmmaTile kMmaTiles[] = {
    {"mma", 128, 128, 256, 2, 1250, 3000},
    {"mma_mid", 64, 64, 128, 4, 400, 1200},
    {"mma_few", 32, 32, 128, 5, 150, 600},
};
constexpr WgmmaTile kMmaGroupTiles[] = {
    {"mma_groups", 128, 128, 256, 1, 1800, 3000},
    {"mma_groups_mid", 64, 64, 128, 2, 600, 1200},
    {"mma_groups_few", 32, 32, 128, 4, 220, 600},
};

struct FamilyRow {
  std::string_view variant;
  std::string_view family;
  CodesLayout layout;
};
constexpr FamilyRow kFamilies[] = {
    {"wgmma", "tiles", CodesLayout::tiles}, {"mma", "tiles", CodesLayout::tiles},
    {"dp4a", "rows", CodesLayout::i8},      {"vnni", "vnni", CodesLayout::u8},
    {"group", "rows", CodesLayout::i8},     {"", "pairs", CodesLayout::i16},
};

const FamilyRow& row_of(std::string_view FamilyRow::*key, std::string_view value,
                        std::string_view what) {
  for (const FamilyRow& row : kFamilies)
    if (row.*key == value) return row;
  throw Error(fmt::format("{}: there is no {} '{}'", kOp, what, value), ErrorKind::usage);
}

const FamilyRow& row_of_family(std::string_view family) {
  return row_of(&FamilyRow::family, family, "family of packed weights");
}

bool layout_serves(CodesLayout layout, const LinearW8A8Groups& groups) {
  if (layout != CodesLayout::tiles) return true;
  const auto whole_tiles = [&](std::int64_t group) {
    return group == groups.inputs || group % CODES_TILE == 0;
  };
  return whole_tiles(groups.x) && whole_tiles(groups.w);
}

// The variant to run: the best that reads w's family, or one asked for, which must read it.
std::string_view variant_for(const DeviceFacts& facts, const LinearW8A8Weight& w,
                             std::string_view asked) {
  const std::string_view family = row_of_family(w.family).family;
  std::vector<Variant> readers;
  for (const Variant& variant : kLinearW8A8Variants)
    if (linear_w8a8_family_of(variant.name) == family) readers.push_back(variant);
  if (asked.data() != nullptr) {
    const std::string_view wanted = linear_w8a8_family_of(asked);
    if (wanted != family)
      throw Error(fmt::format("{}: variant '{}' reads weights of family '{}', not '{}'", kOp, asked,
                              wanted, family));
    std::erase_if(readers, [&](const Variant& variant) { return variant.name != asked; });
  }
  if (const Variant* best = best_variant(kOp, readers, facts)) return best->name;
  // Not meant for this device, or switched off: who packed the weight so wants it nevertheless.
  for (const Variant& variant : readers)
    if (!variant.refusal(facts)) return variant.name;
  throw Error(fmt::format("{}: variant '{}' cannot run on {}: {}", kOp, readers.front().name,
                          facts.name, *readers.front().refusal(facts)));
}

void check_groups(std::string_view op, const Codes& x, const LinearW8A8Weight& w) {
  const std::int64_t gx = x.group, gw = w.group, inputs = w.inputs;
  const auto allowed = [&](std::int64_t g) {
    return g == inputs || (g > 0 && g < inputs && g % 16 == 0);
  };
  const bool one_divides =
      gx == inputs || gw == inputs || (gx > 0 && gw > 0 && (gx % gw == 0 || gw % gx == 0));
  if (!allowed(gx) || !allowed(gw) || !one_divides)
    throw Error(
        fmt::format("{}: groups of {} (x) and {} (w) of {} inputs; expected all inputs or "
                    "multiples of 16 of which one divides the other",
                    op, gx, gw, inputs));
  if (!layout_serves(row_of_family(w.family).layout, {inputs, gx, gw}))
    throw Error(
        fmt::format("{}: family '{}' does not serve groups of {} (x) and {} (w) of {} inputs", op,
                    w.family, gx, gw, inputs));
}

// Of the variants on tensor cores; with groups along K or without.
std::span<const WgmmaTile> tiles_of(std::string_view variant, bool groups) {
  if (variant == "wgmma") return groups ? std::span<const WgmmaTile>(kGroupTiles) : kTiles;
  return groups ? std::span<const WgmmaTile>(kMmaGroupTiles) : kMmaTiles;
}

LinearLaunch launch_of(const Queue& queue, std::string_view variant, const LinearShape& shape,
                       bool groups) {
  if (variant == "wgmma" || variant == "mma")
    return wgmma_launch(kOp, shape, tiles_of(variant, groups), queue.facts(), queue.gathering());
  if (variant == "group" || variant == "dp4a")
    return linear_group_launch(
        kOp, shape,
        {LINEAR_W8A8_GROUP_TILE, LINEAR_W8A8_GROUP_SIZE, LINEAR_W8A8_GROUP_FEW_ROWS,
         LINEAR_W8A8_GROUP_FEW_OUTPUTS, LINEAR_W8A8_GROUP_FEW_SIZE},
        queue.facts(), variant);
  return linear_panel_launch(variant, shape,
                             variant == "vnni" ? LINEAR_W8A8_VNNI_PANEL : LINEAR_W8A8_PAIRS_PANEL);
}

}  // namespace

std::string_view linear_w8a8_family_of(std::string_view variant) {
  return row_of(&FamilyRow::variant, variant, "variant").family;
}

CodesLayout linear_w8a8_input_layout_of(std::string_view family) {
  return row_of_family(family).layout;
}

bool linear_w8a8_serves(std::string_view variant, const LinearW8A8Groups& groups) {
  return layout_serves(row_of(&FamilyRow::variant, variant, "variant").layout, groups);
}

const Variant& choose_linear_w8a8(const DeviceFacts& facts, const LinearW8A8Groups& groups) {
  std::vector<Variant> serving;
  for (const Variant& variant : kLinearW8A8Variants)
    if (linear_w8a8_serves(variant.name, groups)) serving.push_back(variant);
  return *find_variant(kOp, choose_variant(kOp, serving, facts).name);
}

std::vector<KernelId> linear_w8a8_kernels(std::string_view variant,
                                          const LinearW8A8Groups& groups) {
  std::vector<KernelId> kernels{{std::string(kOp), std::string(variant)}};
  if (variant == "group" || variant == "dp4a")
    kernels.push_back({std::string(kOp), std::string(variant) + "_few"});
  if (variant != "wgmma" && variant != "mma") return kernels;
  kernels.clear();
  for (const WgmmaTile& tile : tiles_of(variant, groups.any()))
    kernels.push_back({std::string(kOp), std::string(tile.variant)});
  return kernels;
}

void check_linear_w8a8(std::string_view op, const Codes& x, const LinearW8A8Weight& w) {
  check_linear_shape(op, {x.codes.rows, w.outputs, w.inputs}, K_LIMIT);
  const CodesLayout layout = linear_w8a8_input_layout_of(w.family);
  if (x.layout != layout)
    throw Error(fmt::format("{}: x has layout {}; weights of family '{}' go with layout {}", op,
                            static_cast<int>(x.layout), w.family, static_cast<int>(layout)));
  check_groups(op, x, w);
  check_codes(op, "x", x, x.codes.rows, w.inputs);
  if (x.codes.stride != codes_stride(layout, w.inputs))
    throw Error(fmt::format("{}: rows of x are {} codes apart; expected {}", op, x.codes.stride,
                            codes_stride(layout, w.inputs)));
  check_linear_buffer(op, "w", w.codes, packed_bytes_w8a8(w.family, w.outputs, w.inputs, w.group));
  const auto scales = static_cast<std::size_t>(w.outputs * groups_of(w.inputs, w.group));
  check_linear_buffer(op, "scales of w", w.scales, sizeof(float) * scales);
  check_linear_bias(op, w.bias, w.outputs);
}

void check_linear_w8a8_fused(std::string_view op, const DeviceFacts& facts, const Codes& x,
                             const LinearW8A8Weight& w, const Codes& q, bool can_fuse) {
  if (q.layout != CodesLayout::tiles || w.family != "tiles")
    throw Error(fmt::format("{}: x, w and q must lie in tiles", op));
  if (!can_fuse)
    throw Error(
        fmt::format("{}: groups of {} (x) and {} (w) of {} inputs and {} of {} outputs "
                    "cannot run fused on {}",
                    op, x.group, w.group, w.inputs, q.group, w.outputs, facts.name));
}

linear_w8a8_args linear_w8a8_args_of(const Codes& x, const LinearW8A8Weight& w,
                                     std::int64_t y_stride) {
  const std::int64_t group = std::min(x.group, w.group);
  const std::int64_t groups = groups_of(w.inputs, group);
  const auto span = [&](std::int64_t g) { return g == w.inputs ? groups : g / group; };
  const auto number = [](std::int64_t value) { return static_cast<abi_int>(value); };
  return {
      .rows = number(x.codes.rows),
      .outputs = number(w.outputs),
      .inputs = number(w.inputs),
      .group = number(group),
      .groups = number(groups),
      .x_span = number(span(x.group)),
      .x_groups = number(groups_of(w.inputs, x.group)),
      .w_span = number(span(w.group)),
      .w_groups = number(groups_of(w.inputs, w.group)),
      .y_stride = number(y_stride),
      .has_bias = w.bias ? 1 : 0,
  };
}

void linear_w8a8(Queue& queue, const Codes& x, const LinearW8A8Weight& w, const Tensor& y,
                 std::string_view variant) {
  const std::string_view chosen = variant_for(queue.facts(), w, variant);
  check_linear_w8a8(kOp, x, w);
  check_linear_matrix(kOp, "y", y, x.codes.rows, w.outputs);
  const LinearLaunch launch = launch_of(queue, chosen, {x.codes.rows, w.outputs, w.inputs},
                                        x.group != w.inputs || w.group != w.inputs);
  queue.launch({std::string(kOp), launch.variant}, launch.global, launch.local,
               {x.codes.buffer, x.scales.buffer, w.codes, w.scales, w.bias, y.buffer},
               linear_w8a8_args_of(x, w, y.stride));
}

}  // namespace ops
}  // namespace zerocl
