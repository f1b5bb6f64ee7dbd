#include "host/ops/attention_i8_quantize_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "cl_kernels/abi/attention_i8_quantize_tokens.h"
#include "host/error.h"
#include "host/ops/attention_launch.h"
#include "host/ops/launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "attention_i8_quantize_tokens";

}  // namespace

bool can_fuse_attention_i8_quantize_tokens(const DeviceFacts& facts, const KvCacheShape& shape,
                                           std::int64_t group, CodesLayout layout) {
  const std::int64_t size = shape.head_size, width = shape.heads * size;
  const bool codes = layout == CodesLayout::i8 || layout == CodesLayout::tiles;
  const bool kept = group == width || group == CODES_TILE;
  // Work-groups that share a scale, one a head, are resident at once.
  const bool meets = group <= size * std::int64_t{facts.compute_units};
  return (size == 32 || size == 64) && width % CODES_TILE == 0 && kept && codes && meets &&
         shape.type == KvCacheShape::Type::i8 && shape.layout == kv_layout_of("mma") &&
         best_variant(kOp, kAttentionI8QuantizeTokensVariants, facts) != nullptr;
}

std::vector<KernelId> attention_i8_quantize_tokens_kernels(std::int64_t head_size) {
  return {{std::string(kOp), head_size == 32 ? "mma_d32" : "mma"}};
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
  const std::int64_t tiles = sequences.mma_tiles.count;
  meeting.reserve(queue, (tiles * shape.heads + 1) * MEETING_ROWS);  // the last word: tickets
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
      .units = static_cast<abi_int>(tiles * shape.heads),
      .sharing = static_cast<abi_int>(y.group / shape.head_size),
  };
  const std::int64_t groups =
      std::min(tiles * shape.heads, std::int64_t{queue.facts().compute_units});
  constexpr std::size_t kItems = std::size_t{32} * ATTENTION_MMA_TILES * ATTENTION_CODES_TEAMS;
  queue.launch(attention_i8_quantize_tokens_kernels(shape.head_size).front(),
               {static_cast<std::size_t>(groups) * kItems, 1, 1}, {kItems, 1, 1},
               {q.codes.buffer, q.scales.buffer, layer.keys, layer.key_scales, layer.values,
                layer.value_scales, sequences.entries, sequences.block_table,
                sequences.mma_tiles.table, turn.memory, y.codes.buffer, y.scales.buffer},
               args);
  meeting.launched();
}

}  // namespace zerocl::ops
