#include "host/ops/attention_i8_quantize_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "cl_kernels/abi/attention_i8_quantize_tokens.h"
#include "cl_kernels/abi/persistent.h"  // PERSISTENT_ITEMS
#include "host/error.h"
#include "host/ops/attention_launch.h"
#include "host/ops/launch.h"
#include "host/ops/tuning.h"

namespace zerocl {

std::optional<std::string> attention_i8_quantize_tokens_refusal(const DeviceFacts& facts) {
  if (facts.nvidia_sm_major != 9 && facts.nvidia_sm_major != 10)
    return fmt::format(
        "needs an NVIDIA GPU with 200 KiB of local memory for a work-group (compute capability 9.0 "
        "or 10.x), found {}.{}",
        facts.nvidia_sm_major, facts.nvidia_sm_minor);
  return attention_i8_mma_refusal(facts);
}

namespace ops {
namespace {

constexpr std::string_view kOp = "attention_i8_quantize_tokens";

// mma and, where it can do it, mma_few. A shape's rows are units here, a head of a tile of queries
// each. The cost is a rule: units that all begin at once end sooner in mma_few (BERT-base, an
// H200).
class AttentionTiles final : public TileSet {
 public:
  explicit AttentionTiles(bool few) : few_(few) {}
  std::size_t size() const override { return few_ ? 2 : 1; }
  std::string_view kernel(std::size_t i) const override { return i == 0 ? "mma" : "mma_few"; }
  double cost(std::size_t i, const LinearShape& shape, std::int64_t compute_units) const override {
    const bool at_once = shape.rows <= ATTENTION_FEW_RESIDENT * compute_units;
    return (i == 1) == at_once ? 1 : 2;
  }

 private:
  bool few_;
};

KernelId kernel_of(std::string_view variant, std::int64_t head_size) {
  return {std::string(kOp), std::string(variant) + (head_size == 32 ? "_d32" : "")};
}

// mma_few is made by the second build for Hopper, which sees to its residence.
constexpr Variant kFewVariants[] = {{"mma_few", wgmma_refusal, Variant::For::gpu}};
bool serves_few(const DeviceFacts& facts, bool causal) {
  return !causal && best_variant(kOp, kFewVariants, facts) != nullptr;
}

}  // namespace

bool can_fuse_attention_i8_quantize_tokens(const DeviceFacts& facts, const KvCacheShape& shape,
                                           std::int64_t group, CodesLayout layout) {
  const std::int64_t size = shape.head_size, width = shape.heads * size;
  const bool codes = layout == CodesLayout::i8 || layout == CodesLayout::tiles;
  const bool kept = group == width || group == CODES_TILE;
  // Work-groups of the heads that share a scale are resident at once.
  const bool meets = group <= size * std::int64_t{facts.compute_units};
  return (size == 32 || size == 64) && width % CODES_TILE == 0 && kept && codes && meets &&
         shape.type == KvCacheShape::Type::i8 && shape.layout == kv_layout_of("mma") &&
         best_variant(kOp, kAttentionI8QuantizeTokensVariants, facts) != nullptr;
}

std::vector<KernelId> attention_i8_quantize_tokens_kernels(const DeviceFacts& facts,
                                                           std::int64_t head_size, bool causal) {
  std::vector<KernelId> kernels{kernel_of("mma", head_size)};
  if (serves_few(facts, causal)) kernels.push_back(kernel_of("mma_few", head_size));
  return kernels;
}

std::int64_t attention_i8_quantize_tokens_teams(std::int64_t units, std::int64_t groups) {
  // Teams that begin together end together, too, and the fastest compute unit's take the next units
  // first: where these are not enough for all, others stand idle. A compute unit's time for a unit
  // of each of t teams grows like t + kLatency: with one or three instead of two the choice is the
  // same at 8 to 128 sequences of 128 tokens, 12 heads and 132 compute units.
  constexpr std::int64_t kLatency = 2;
  std::int64_t best = 0, least = 0;
  for (std::int64_t teams = 1; teams <= ATTENTION_CODES_TEAMS; ++teams) {
    const std::int64_t rounds = (units + groups * teams - 1) / (groups * teams);
    const std::int64_t time = rounds * (teams + kLatency);
    if (best == 0 || time <= least) best = teams, least = time;
  }
  return std::min(units, best * groups);
}

void attention_i8_quantize_tokens(Queue& queue, const Codes& q, const Sequences& sequences,
                                  const KvCacheShape& shape, const KvCacheLayer& layer,
                                  AttentionParams params, const Codes& y, RowMeeting& meeting) {
  const std::int64_t rows = q.codes.rows, width = shape.heads * shape.head_size;
  check_sequences(kOp, sequences, rows, KvCacheShape::Type::i8, shape, layer);
  check_head_codes(kOp, q, rows, shape, "mma");
  check_codes(kOp, "y", y, rows, width);
  if (!can_fuse_attention_i8_quantize_tokens(queue.facts(), shape, y.group, y.layout) ||
      q.codes.stride % 16 != 0 || y.codes.stride != width)
    throw Error(fmt::format(
        "{}: {} heads of {} with codes in groups of {}, layout {} and rows of {}, cannot run fused "
        "on {}",
        kOp, shape.heads, shape.head_size, y.group, static_cast<int>(y.layout), y.codes.stride,
        queue.facts().name));
  if (rows == 0) return;
  const std::int64_t units = sequences.mma_tiles.count * shape.heads;
  const std::int64_t groups = std::min(units, std::int64_t{queue.facts().compute_units});
  meeting.reserve(queue, (units + 1) * MEETING_ROWS);  // the last word: tickets
  const RowMeeting::Turn turn = meeting.next();
  const attention_i8_quantize_tokens_args args{
      .attention = {.heads = static_cast<abi_int>(shape.heads),
                    .head_size = static_cast<abi_int>(shape.head_size),
                    .q_stride = static_cast<abi_int>(q.codes.stride),
                    .y_stride = static_cast<abi_int>(width),
                    .causal = params.causal ? 1 : 0,
                    .scale = params.scale},
      .out = output_of(y),
      .meeting_rows = turn.rows,
      .meeting_turn = turn.turn,
      .units = static_cast<abi_int>(units),
      .sharing = static_cast<abi_int>(y.group / shape.head_size),
      .teams = static_cast<abi_int>(attention_i8_quantize_tokens_teams(units, groups)),
  };
  const bool few = serves_few(queue.facts(), params.causal) && y.group == width &&
                   !queue.gathering();  // a persistent kernel's step stands for mma
  const AttentionTiles tiles(few);
  const std::size_t chosen =
      choose_tile(queue.facts(), kOp, tiles, {units, width, shape.head_size});
  const std::int64_t resident = ATTENTION_FEW_RESIDENT * std::int64_t{queue.facts().compute_units};
  const std::int64_t work_groups = chosen == 0 ? groups : std::min(2 * units, resident);
  const std::size_t items = chosen == 0
                                ? std::size_t{32} * ATTENTION_MMA_TILES * ATTENTION_CODES_TEAMS
                                : PERSISTENT_ITEMS;
  queue.launch(kernel_of(tiles.kernel(chosen), shape.head_size),
               {static_cast<std::size_t>(work_groups) * items, 1, 1}, {items, 1, 1},
               {q.codes.buffer, q.scales.buffer, layer.keys, layer.key_scales, layer.values,
                layer.value_scales, sequences.entries, sequences.block_table,
                sequences.mma_tiles.table, turn.memory, y.codes.buffer, y.scales.buffer},
               args);
  meeting.launched();
}

}  // namespace ops
}  // namespace zerocl
