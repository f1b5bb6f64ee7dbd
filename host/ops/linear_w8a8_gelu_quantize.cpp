#include "host/ops/linear_w8a8_gelu_quantize.h"

#include <fmt/format.h>

#include "cl_kernels/abi/linear_w8a8_gelu_quantize.h"
#include "host/error.h"
#include "host/ops/launch.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_w8a8_gelu_quantize";

// One work-group a compute unit: those of a row wait for each other, so all must be resident.
constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 128, 640, 1, 560, 1800, 5000},
    {"wgmma_few", 64, 64, 256, 1, 400, 5000},
};

std::string variant_of(std::string_view variant, GeluForm form) {
  return std::string(variant) + (form == GeluForm::tanh ? "_tanh" : "");
}

}  // namespace

bool can_fuse_linear_w8a8_gelu_quantize(const DeviceFacts& facts, const LinearW8A8Groups& groups,
                                        std::int64_t outputs, std::int64_t group) {
  const bool plain = groups.x == groups.inputs && groups.w == groups.inputs;
  const bool kept = group == outputs || group == CODES_TILE;
  // Whole rows: all work-groups of a row are resident at once, in either tile.
  const bool meets =
      group != outputs || CODES_TILES_STRIDE(outputs) <= 64 * std::int64_t{facts.compute_units};
  return plain && kept && meets &&
         best_variant(kOp, kLinearW8A8GeluQuantizeVariants, facts) != nullptr;
}

std::vector<KernelId> linear_w8a8_gelu_quantize_kernels(GeluForm form) {
  std::vector<KernelId> kernels;
  for (const WgmmaTile& tile : kTiles)
    kernels.push_back({std::string(kOp), variant_of(tile.variant, form)});
  return kernels;
}

void linear_w8a8_gelu_quantize(Queue& queue, const Codes& x, const LinearW8A8Weight& w,
                               GeluForm form, const Codes& q, RowMeeting& meeting) {
  check_linear_w8a8(kOp, x, w);
  check_codes(kOp, "q", q, x.codes.rows, w.outputs);
  if (q.layout != CodesLayout::tiles || w.family != "tiles")
    throw Error(fmt::format("{}: x, w and q must lie in tiles", kOp));
  if (!can_fuse_linear_w8a8_gelu_quantize(queue.facts(), {w.inputs, x.group, w.group}, w.outputs,
                                          q.group))
    throw Error(
        fmt::format("{}: groups of {} (x) and {} (w) of {} inputs and {} of {} outputs "
                    "cannot run fused on {}",
                    kOp, x.group, w.group, w.inputs, q.group, w.outputs, queue.facts().name));
  if (x.codes.rows == 0) return;
  meeting.reserve(queue, x.codes.rows);
  const RowMeeting::Turn turn = meeting.next();
  const linear_w8a8_gelu_quantize_args args{
      .linear = linear_w8a8_args_of(x, w, w.outputs),
      .out = output_of(q),
      .meeting_rows = turn.rows,
      .meeting_turn = turn.turn,
  };
  // A group of 128 outputs needs a tile that holds it.
  const std::span<const WgmmaTile> tiles(kTiles, q.group == w.outputs ? std::size(kTiles) : 1);
  const LinearLaunch launch = wgmma_launch(kOp, {x.codes.rows, w.outputs, w.inputs}, tiles,
                                           queue.facts(), queue.gathering());
  queue.launch({std::string(kOp), variant_of(launch.variant, form)}, launch.global, launch.local,
               {x.codes.buffer, x.scales.buffer, w.codes, w.scales, w.bias, turn.memory,
                q.codes.buffer, q.scales.buffer},
               args);
  meeting.launched();
}

}  // namespace zerocl::ops
