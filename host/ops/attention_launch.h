#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "host/ops/kv_cache.h"
#include "host/ops/launch.h"  // LaunchShape
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// What the launchers of quantize_qkv, store_kv, store_qkv_f16 and the attentions share. Checks
// throw Error naming the operator and the shapes.

// The kernel to launch, which must read the layout of this cache.
KernelId attention_kernel(const Queue& queue, std::string_view op, std::span<const Variant> table,
                          const KvCacheShape& shape, std::string_view variant);

// The sequences cover exactly `rows` rows, have cache blocks, and these lie in the cache, whose
// type is `type` and whose buffers are large enough.
void check_sequences(std::string_view op, const Sequences& sequences, std::int64_t rows,
                     KvCacheShape::Type type, const KvCacheShape& shape, const KvCacheLayer& layer);

// f32 [rows, cols] inside its buffer; rows may lie apart, unlike check_f32's.
void check_f32_rows(std::string_view op, std::string_view name, const Tensor& tensor,
                    std::int64_t rows, std::int64_t cols);

// One work-item or work-group a tile and head.
LaunchShape tile_shape(const KernelId& kernel, const Sequences& sequences, std::int64_t heads);
// Of the operators that put queries, keys and values away: tiles ("") or items in work-groups of
// 256, `items` a row, and the table that says where their rows belong.
struct StoreLaunch {
  LaunchShape shape;
  BufferView table;
};
StoreLaunch store_launch(const KernelId& kernel, const Sequences& sequences, std::int64_t heads,
                         std::int64_t rows, std::int64_t items);
// The table of tiles that the variant walks.
const BufferView& tile_table(const KernelId& kernel, const Sequences& sequences);

}  // namespace zerocl::ops
