#pragma once

#include <string_view>

#include "host/ops/f16_matrix.h"
#include "host/ops/kv_cache.h"
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// NUMERICS.md 3.22: qkv f32 [M, 3*H*D] rounded to f16: queries to q [M, H*D] (row-major), keys and
// values to the f16 cache `layer`. Rows are those of `sequences`. Throws Error naming the shapes.
void store_qkv_f16(Queue& queue, const Tensor& qkv, const Sequences& sequences,
                   const KvCacheShape& shape, const KvCacheLayer& layer, const F16Matrix& q,
                   std::string_view variant = {});

}  // namespace zerocl::ops
