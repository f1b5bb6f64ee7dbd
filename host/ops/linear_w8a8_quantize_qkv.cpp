#include "host/ops/linear_w8a8_quantize_qkv.h"

#include <fmt/format.h>

#include "cl_kernels/abi/linear_w8a8_quantize_qkv.h"
#include "host/error.h"
#include "host/ops/attention_i8.h"  // check_head_codes
#include "host/ops/attention_launch.h"
#include "host/ops/launch.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_w8a8_quantize_qkv";

constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 128, 640, 1, 560, 2900, 4000},
    {"wgmma_still", 128, 128, 640, 1, 520, 2950, 4000, true},
    {"wgmma_few", 64, 64, 256, 2, 330, 1500},
};
// With sums for each group along K; the costs are counted, not fitted.
constexpr WgmmaTile kGroupTiles[] = {
    {"wgmma_groups", 128, 128, 384, 1, 1000, 4500},
    {"wgmma_groups_few", 64, 64, 256, 1, 700, 2500},
};

// A tile must hold whole heads.
std::span<const WgmmaTile> tiles_for(std::int64_t head_size, const LinearW8A8Groups& groups) {
  const std::span<const WgmmaTile> tiles =
      groups.any() ? std::span<const WgmmaTile>(kGroupTiles) : kTiles;
  return head_size == 128 ? tiles.first(tiles.size() - 1) : tiles;
}

std::string variant_of(std::string_view variant, std::int64_t head_size) {
  return std::string(variant) + (head_size == 64 ? "" : fmt::format("_d{}", head_size));
}

}  // namespace

bool can_fuse_linear_w8a8_quantize_qkv(const DeviceFacts& facts, const LinearW8A8Groups& groups,
                                       const KvCacheShape& shape) {
  const std::int64_t size = shape.head_size, width = shape.heads * size;
  const bool whole_heads = size == 32 || size == 64 || size == 128;
  return linear_w8a8_serves("wgmma", groups) && whole_heads && width == CODES_STRIDE(width) &&
         best_variant(kOp, kLinearW8A8QuantizeQkvVariants, facts) != nullptr;
}

std::vector<KernelId> linear_w8a8_quantize_qkv_kernels(std::int64_t head_size,
                                                       const LinearW8A8Groups& groups) {
  std::vector<KernelId> kernels;
  for (const WgmmaTile& tile : tiles_for(head_size, groups))
    kernels.push_back({std::string(kOp), variant_of(tile.variant, head_size)});
  return kernels;
}

void linear_w8a8_quantize_qkv(Queue& queue, const Codes& x, const LinearW8A8Weight& w,
                              const Sequences& sequences, const KvCacheShape& shape,
                              const KvCacheLayer& layer, const Codes& q) {
  const std::int64_t rows = x.codes.rows, width = shape.heads * shape.head_size;
  check_linear_w8a8(kOp, x, w);
  check_sequences(kOp, sequences, rows, KvCacheShape::Type::i8, shape, layer);
  check_head_codes(kOp, q, rows, shape, "group");
  if (w.outputs != 3 * width || w.family != "tiles")
    throw Error(fmt::format("{}: w is [{}, {}] in family '{}'; expected [{}, {}] in 'tiles'", kOp,
                            w.outputs, w.inputs, w.family, 3 * width, w.inputs));
  const LinearW8A8Groups groups = {w.inputs, x.group, w.group};
  if (!can_fuse_linear_w8a8_quantize_qkv(queue.facts(), groups, shape))
    throw Error(fmt::format(
        "{}: groups of {} (x) and {} (w) of {} inputs and {} heads of {} cannot "
        "run fused on {}",
        kOp, x.group, w.group, w.inputs, shape.heads, shape.head_size, queue.facts().name));
  const linear_w8a8_quantize_qkv_args args{
      .linear = linear_w8a8_args_of(x, w, w.outputs),
      .qkv = {.rows = static_cast<abi_int>(rows),
              .heads = static_cast<abi_int>(shape.heads),
              .head_size = static_cast<abi_int>(shape.head_size),
              .qkv_stride = static_cast<abi_int>(w.outputs),
              .q_stride = static_cast<abi_int>(q.codes.stride)},
  };
  const LinearLaunch launch =
      wgmma_launch(kOp, {rows, w.outputs, w.inputs}, tiles_for(shape.head_size, groups),
                   queue.facts(), queue.gathering());
  queue.launch({std::string(kOp), variant_of(launch.variant, shape.head_size)}, launch.global,
               launch.local,
               {x.codes.buffer, x.scales.buffer, w.codes, w.scales, w.bias, sequences.entries,
                sequences.block_table, sequences.row_sequence, q.codes.buffer, q.scales.buffer,
                layer.keys, layer.key_scales, layer.values, layer.value_scales},
               args);
}

}  // namespace zerocl::ops
