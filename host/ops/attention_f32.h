#pragma once

#include <string_view>

#include "host/ops/attention_i8.h"  // AttentionParams
#include "host/ops/kv_cache.h"
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// NUMERICS.md 3.13: attention of the queries in qkv f32 [M, 3*H*D] over the f32 cache `layer`,
// which must hold the keys of this call already (store_kv). y f32 [M, H*D]. Rows are those of
// `sequences`. Throws Error naming the shapes.
void attention_f32(Queue& queue, const Tensor& qkv, const Sequences& sequences,
                   const KvCacheShape& shape, const KvCacheLayer& layer, AttentionParams params,
                   const Tensor& y, std::string_view variant = {});

}  // namespace zerocl::ops
