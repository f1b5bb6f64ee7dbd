#include "host/ops/attention_i8.h"

#include <fmt/format.h>

#include "cl_kernels/abi/attention_i8.h"
#include "host/error.h"
#include "host/ops/attention_launch.h"

namespace zerocl {

std::optional<std::string> attention_i8_mma_refusal(const DeviceFacts& facts) {
  if (facts.nvidia_sm() < 80) return "needs an NVIDIA GPU of compute capability 8.0 or more";
  if (!facts.weights_refusal.empty())
    return "the check of its special function unit failed: " + facts.weights_refusal;
  return std::nullopt;
}

namespace ops {
namespace {

// A kernel, its shape, and the tiles that it walks.
struct Launch {
  KernelId kernel;
  LaunchShape shape;
  BufferView tiles;
};

// The variant "mma": a work-group a tile and head, or a row and head.
Launch mma_launch(const Sequences& sequences, const KvCacheShape& shape) {
  const std::vector<KernelId> kernels = attention_i8_mma_kernels(shape.head_size);
  const auto launch = [&](const KernelId& kernel, const Sequences::Tiles& tiles, std::size_t items,
                          std::int64_t columns) -> Launch {
    const auto x = static_cast<std::size_t>(tiles.count * shape.heads) * items;
    return {kernel, {{x, static_cast<std::size_t>(columns), 1}, {items, 1, 1}}, tiles.table};
  };
  constexpr std::size_t kWarp = 32;
  if (attention_i8_decodes(sequences))
    return launch(kernels[1], sequences.gpu_tiles, kWarp * ATTENTION_MMA_ROW_BLOCKS, 1);
  return launch(kernels[0], sequences.mma_tiles, kWarp * ATTENTION_MMA_TILES,
                (shape.head_size + ATTENTION_MMA_WIDE_COLUMNS - 1) / ATTENTION_MMA_WIDE_COLUMNS);
}

}  // namespace

std::vector<KernelId> attention_i8_mma_kernels(std::int64_t head_size) {
  return {{"attention_i8", head_size <= ATTENTION_MMA_SIZE ? "mma" : "mma_wide"},
          {"attention_i8", "mma_row"}};
}

bool attention_i8_decodes(const Sequences& sequences) {
  return sequences.gpu_tiles.count == sequences.rows;
}

CodesLayout attention_i8_input_layout(std::string_view variant) {
  return variant.empty() ? CodesLayout::i16 : CodesLayout::i8;
}

CodesLayout attention_i8_input_layout(const DeviceFacts& facts) {
  return attention_i8_input_layout(
      choose_variant("attention_i8", kAttentionI8Variants, facts).name);
}

void check_head_codes(std::string_view op, const Codes& q, std::int64_t rows,
                      const KvCacheShape& shape, std::string_view variant) {
  check_codes(op, "q", q, rows, shape.heads * shape.head_size);
  if (q.group == shape.head_size && q.layout == attention_i8_input_layout(variant)) return;
  throw Error(
      fmt::format("{}: q has groups of {} in layout {}; variant '{}' takes groups of {} in "
                  "layout {}",
                  op, q.group, static_cast<int>(q.layout), variant, shape.head_size,
                  static_cast<int>(attention_i8_input_layout(variant))));
}

void attention_i8(Queue& queue, const Codes& q, const Sequences& sequences,
                  const KvCacheShape& shape, const KvCacheLayer& layer, AttentionParams params,
                  const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "attention_i8";
  const std::int64_t rows = q.codes.rows;
  check_sequences(op, sequences, rows, KvCacheShape::Type::i8, shape, layer);
  const KernelId kernel = attention_kernel(queue, op, kAttentionI8Variants, shape, variant);
  check_head_codes(op, q, rows, shape, kernel.variant);
  check_f32_rows(op, "y", y, rows, shape.heads * shape.head_size);
  const attention_i8_args args{
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
      .q_stride = static_cast<abi_int>(q.codes.stride),
      .y_stride = static_cast<abi_int>(y.stride),
      .causal = params.causal ? 1 : 0,
      .scale = params.scale,
  };
  const Launch launch = kernel.variant == "mma"
                            ? mma_launch(sequences, shape)
                            : Launch{kernel, tile_shape(kernel, sequences, shape.heads),
                                     tile_table(kernel, sequences)};
  queue.launch(
      launch.kernel, launch.shape.global, launch.shape.local,
      {q.codes.buffer, q.scales.buffer, layer.keys, layer.key_scales, layer.values,
       layer.value_scales, sequences.entries, sequences.block_table, launch.tiles, y.buffer},
      args);
}

}  // namespace ops
}  // namespace zerocl
