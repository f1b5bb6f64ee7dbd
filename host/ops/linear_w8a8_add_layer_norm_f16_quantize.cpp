#include "host/ops/linear_w8a8_add_layer_norm_f16_quantize.h"

#include <algorithm>

#include "cl_kernels/abi/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "cl_kernels/abi/numerics.h"  // MOMENTS_BLOCK
#include "host/ops/launch.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_w8a8_add_layer_norm_f16_quantize";

// Those of a row wait for each other, so all work-groups must be resident: one a compute unit, two
// of the kernels that ask for it (wgmma_two_resident). The costs are counted, not fitted.
constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 128, 640, 1, 880, 1000, 8000},
    {"wgmma_still", 64, 128, 640, 1, 400, 300, 6000, true},
    {"wgmma_few", 64, 64, 256, 2, 330, 4500},
};

// All outputs of a row are resident at once, in any tile.
bool meets(std::int64_t outputs, const DeviceFacts& facts) {
  std::int64_t narrowest = CODES_TILE;
  for (const WgmmaTile& tile : kTiles) narrowest = std::min(narrowest, tile.outputs);
  return CODES_TILES_STRIDE(outputs) <= narrowest * std::int64_t{facts.compute_units};
}

std::int64_t blocks_of(std::int64_t outputs) {
  return divide_up(outputs, MOMENTS_BLOCK);
}

void check_norm(const LinearNorm& norm, const Codes& x, const Codes& q, std::int64_t outputs) {
  const std::int64_t rows = x.codes.rows;
  check_f16_rows(kOp, "residual", norm.residual, rows, outputs);
  check_vector(kOp, "gamma", norm.gamma, outputs);
  check_vector(kOp, "beta", norm.beta, outputs);
  // A row's work-groups write while others still read what they multiply and add.
  const auto check_output = [&](std::string_view name, const F16Matrix& output) {
    check_f16_rows(kOp, name, output, rows, outputs);
    check_f16_distinct(kOp, "residual", norm.residual, name, output);
    check_f16_distinct(kOp, "x", x.codes, name, output);
    check_f16_distinct(kOp, "scales of x", x.scales, name, output);
    check_f16_distinct(kOp, "q", q.codes, name, output);
    check_f16_distinct(kOp, "scales of q", q.scales, name, output);
  };
  if (norm.y) check_output("y", *norm.y);
  check_codes(kOp, "q", q, rows, outputs);
  const auto check_codes_of = [&](std::string_view name, const Tensor& output) {
    check_f16_distinct(kOp, name, output, "residual", norm.residual);
    check_distinct(kOp, "x", x.codes, name, output);
    check_distinct(kOp, "scales of x", x.scales, name, output);
  };
  check_codes_of("q", q.codes);
  check_codes_of("scales of q", q.scales);
}

}  // namespace

bool can_fuse_linear_w8a8_add_layer_norm_f16_quantize(const DeviceFacts& facts,
                                                      const LinearW8A8Groups& groups,
                                                      std::int64_t outputs, std::int64_t group) {
  return !groups.any() && group == outputs && outputs <= LINEAR_NORM_LIMIT && outputs % 8 == 0 &&
         meets(outputs, facts) &&
         best_variant(kOp, kLinearW8A8AddLayerNormF16QuantizeVariants, facts) != nullptr;
}

std::vector<KernelId> linear_w8a8_add_layer_norm_f16_quantize_kernels() {
  std::vector<KernelId> kernels;
  for (const WgmmaTile& tile : kTiles)
    kernels.push_back({std::string(kOp), std::string(tile.variant)});
  return kernels;
}

void linear_w8a8_add_layer_norm_f16_quantize(Queue& queue, const Codes& x,
                                             const LinearW8A8Weight& w, const LinearNorm& norm,
                                             const Codes& q, RowMeeting& meeting) {
  check_linear_w8a8(kOp, x, w);
  check_norm(norm, x, q, w.outputs);
  const LinearW8A8Groups groups = {w.inputs, x.group, w.group};
  check_linear_w8a8_fused(
      kOp, queue.facts(), x, w, q,
      can_fuse_linear_w8a8_add_layer_norm_f16_quantize(queue.facts(), groups, w.outputs, q.group));
  if (x.codes.rows == 0) return;
  meeting.reserve(queue, x.codes.rows, NORM_PARTIALS_INDEX(MEETING_ROWS, 0, blocks_of(w.outputs)));
  const RowMeeting::Turn turn = meeting.next();
  const linear_w8a8_add_layer_norm_f16_quantize_args args{
      .linear = linear_w8a8_args_of(x, w, w.outputs),
      .norm = {.rows = static_cast<abi_int>(x.codes.rows),
               .cols = static_cast<abi_int>(w.outputs),
               .eps = norm.eps,
               .write_y = norm.y.has_value(),
               .out = output_of(q)},
      .meeting_rows = turn.rows,
      .meeting_turn = turn.turn,
  };
  const LinearLaunch launch = wgmma_launch(kOp, {x.codes.rows, w.outputs, w.inputs}, kTiles,
                                           queue.facts(), queue.gathering());
  queue.launch({std::string(kOp), launch.variant}, launch.global, launch.local,
               {x.codes.buffer, x.scales.buffer, w.codes, w.scales, w.bias, norm.residual.buffer,
                norm.gamma, norm.beta, turn.memory, turn.partials,
                norm.y ? norm.y->buffer : BufferView(), q.codes.buffer, q.scales.buffer},
               args);
  meeting.launched();
}

}  // namespace zerocl::ops
