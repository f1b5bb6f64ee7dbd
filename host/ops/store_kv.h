#pragma once

#include <string_view>

#include "host/ops/kv_cache.h"
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// NUMERICS.md 3.11: keys and values of qkv f32 [M, 3*H*D] to their sequences' positions in the f32
// cache `layer`. Rows are those of `sequences`. Throws Error naming the shapes.
void store_kv(Queue& queue, const Tensor& qkv, const Sequences& sequences,
              const KvCacheShape& shape, const KvCacheLayer& layer, std::string_view variant = {});

}  // namespace zerocl::ops
