#include "host/ops/linear_w8a8_quantize.h"

#include <fmt/format.h>

#include <limits>

#include "cl_kernels/abi/linear_w8a8_quantize.h"
#include "host/error.h"
#include "host/ops/launch.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_w8a8_quantize";

// Costs are counted, not fitted: the stages of linear_w8a8's tiles, and ends of so many
// instructions.
constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 256, 384, 1, 1060, 2600},
    {"wgmma_mid", 128, 128, 640, 1, 620, 900, 2500},
    {"wgmma_still", 128, 128, 640, 1, 530, 500, 2500, true},
    {"wgmma_few", 64, 64, 256, 2, 330, 1500},
};

LinearW8A8Groups groups_of(const Codes& x, const LinearW8A8Weight& w) {
  return {w.inputs, x.group, w.group};
}

std::string_view variant_for(const DeviceFacts& facts, const Codes& x, const LinearW8A8Weight& w,
                             CodesLayout layout, std::string_view asked) {
  if (asked.data() == nullptr)
    return choose_linear_w8a8_quantize(facts, groups_of(x, w), layout).name;
  if (find_variant(kOp, asked) == nullptr)
    throw Error(fmt::format("{}: there is no variant '{}'", kOp, asked), ErrorKind::usage);
  if (!linear_w8a8_quantize_serves(asked, groups_of(x, w), layout))
    throw Error(
        fmt::format("{}: variant '{}' serves neither groups of {} (x) and {} (w) of {} "
                    "inputs nor codes that do not lie in tiles",
                    kOp, asked, x.group, w.group, w.inputs));
  return asked;
}

linear_w8a8_quantize_args args_of(const Codes& x, const LinearW8A8Weight& w, const CodeMatrix& q) {
  return {
      .linear = linear_w8a8_args_of(x, w, w.outputs),
      .stride = static_cast<abi_int>(q.codes.stride),
      .layout = static_cast<abi_int>(q.layout),
  };
}

}  // namespace

std::vector<float> scale_reciprocals(std::span<const float> scales) {
  std::vector<float> reciprocals;
  reciprocals.reserve(scales.size());
  for (const float scale : scales) {
    const bool usable =
        scale >= GIVEN_SCALE_LEAST && scale <= std::numeric_limits<float>::max();  // no NaN
    reciprocals.push_back(usable ? 1.0f / scale : 0.0f);
  }
  return reciprocals;
}

bool linear_w8a8_quantize_serves(std::string_view variant, const LinearW8A8Groups& groups,
                                 CodesLayout layout) {
  return variant != "wgmma" || (!groups.any() && layout == CodesLayout::tiles);
}

const Variant& choose_linear_w8a8_quantize(const DeviceFacts& facts, const LinearW8A8Groups& groups,
                                           CodesLayout layout) {
  std::vector<Variant> serving;
  for (const Variant& variant : kLinearW8A8QuantizeVariants)
    if (linear_w8a8_quantize_serves(variant.name, groups, layout)) serving.push_back(variant);
  return *find_variant(kOp, choose_variant(kOp, serving, facts).name);
}

void linear_w8a8_quantize(Queue& queue, const Codes& x, const LinearW8A8Weight& w,
                          const BufferView& reciprocals, const Tensor& scratch, const CodeMatrix& q,
                          std::string_view variant) {
  check_linear_w8a8(kOp, x, w);
  const std::int64_t rows = x.codes.rows;
  check_code_matrix(kOp, "q", q, rows, w.outputs);
  check_vector(kOp, "reciprocals", reciprocals, w.outputs);
  const std::string_view chosen = variant_for(queue.facts(), x, w, q.layout, variant);
  const linear_w8a8_quantize_args args = args_of(x, w, q);
  if (chosen == "wgmma") {
    if (w.family != "tiles")
      throw Error(fmt::format("{}: variant 'wgmma' reads weights of family 'tiles', not '{}'", kOp,
                              w.family));
    const LinearLaunch launch =
        wgmma_launch(kOp, {rows, w.outputs, w.inputs}, kTiles, queue.facts(), queue.gathering());
    queue.launch(
        {std::string(kOp), launch.variant}, launch.global, launch.local,
        {x.codes.buffer, x.scales.buffer, w.codes, w.scales, w.bias, reciprocals, q.codes.buffer},
        args);
    return;
  }
  check_f32(kOp, "scratch", scratch, rows, w.outputs);
  linear_w8a8(queue, x, w, scratch);
  const KernelId kernel{std::string(kOp), std::string(chosen)};
  const LaunchShape shape = row_shape(kernel, rows, 256);
  queue.launch(kernel, shape.global, shape.local, {scratch.buffer, reciprocals, q.codes.buffer},
               args);
}

}  // namespace zerocl::ops
