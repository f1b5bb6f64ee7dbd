#include "host/ops/linear_w8a8_gelu_quantize.h"

#include <algorithm>

#include "cl_kernels/abi/linear_w8a8_gelu_quantize.h"
#include "host/ops/launch.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_w8a8_gelu_quantize";

// Those of a row wait for each other, so all work-groups must be resident: one a compute unit, two
// of the kernels that ask for it (wgmma_two_resident).
constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 128, 640, 1, 560, 5150, 5000},
    {"wgmma_still", 128, 128, 640, 1, 520, 5300, 5000, true},
    {"wgmma_few", 64, 64, 256, 2, 330, 3000},
};
// With sums for each group along K; the costs are counted, not fitted.
constexpr WgmmaTile kGroupTiles[] = {
    {"wgmma_groups", 128, 128, 384, 1, 1000, 6000},
    {"wgmma_groups_few", 64, 128, 256, 1, 800, 6000},
};

// The tiles for operands and for outputs: a group of 128 outputs needs a tile that holds it.
std::span<const WgmmaTile> tiles_for(const LinearW8A8Groups& groups, bool whole_rows) {
  if (groups.any()) return kGroupTiles;
  return {kTiles, std::size(kTiles) - (whole_rows ? 0 : 1)};
}

std::string variant_of(std::string_view variant, GeluForm form) {
  return std::string(variant) + (form == GeluForm::tanh ? "_tanh" : "");
}

}  // namespace

bool can_fuse_linear_w8a8_gelu_quantize(const DeviceFacts& facts, const LinearW8A8Groups& groups,
                                        std::int64_t outputs, std::int64_t group) {
  const bool kept = group == outputs || group == CODES_TILE;
  // Whole rows: all work-groups of a row are resident at once, in either tile.
  std::int64_t narrowest = CODES_TILE;
  for (const WgmmaTile& tile : tiles_for(groups, true))
    narrowest = std::min(narrowest, tile.outputs);
  const bool meets = group != outputs ||
                     CODES_TILES_STRIDE(outputs) <= narrowest * std::int64_t{facts.compute_units};
  return linear_w8a8_serves("wgmma", groups) && kept && meets &&
         best_variant(kOp, kLinearW8A8GeluQuantizeVariants, facts) != nullptr;
}

std::vector<KernelId> linear_w8a8_gelu_quantize_kernels(GeluForm form,
                                                        const LinearW8A8Groups& groups) {
  std::vector<KernelId> kernels;
  for (const WgmmaTile& tile : tiles_for(groups, /*whole_rows=*/true))
    kernels.push_back({std::string(kOp), variant_of(tile.variant, form)});
  return kernels;
}

void linear_w8a8_gelu_quantize(Queue& queue, const Codes& x, const LinearW8A8Weight& w,
                               GeluForm form, const Codes& q, RowMeeting& meeting) {
  check_linear_w8a8(kOp, x, w);
  check_codes(kOp, "q", q, x.codes.rows, w.outputs);
  const LinearW8A8Groups groups = {w.inputs, x.group, w.group};
  check_linear_w8a8_fused(
      kOp, queue.facts(), x, w, q,
      can_fuse_linear_w8a8_gelu_quantize(queue.facts(), groups, w.outputs, q.group));
  if (x.codes.rows == 0) return;
  meeting.reserve(queue, x.codes.rows);
  const RowMeeting::Turn turn = meeting.next();
  const linear_w8a8_gelu_quantize_args args{
      .linear = linear_w8a8_args_of(x, w, w.outputs),
      .out = output_of(q),
      .meeting_rows = turn.rows,
      .meeting_turn = turn.turn,
  };
  const LinearLaunch launch =
      wgmma_launch(kOp, {x.codes.rows, w.outputs, w.inputs},
                   tiles_for(groups, q.group == w.outputs), queue.facts(), queue.gathering());
  queue.launch({std::string(kOp), variant_of(launch.variant, form)}, launch.global, launch.local,
               {x.codes.buffer, x.scales.buffer, w.codes, w.scales, w.bias, turn.memory,
                q.codes.buffer, q.scales.buffer},
               args);
  meeting.launched();
}

}  // namespace zerocl::ops
