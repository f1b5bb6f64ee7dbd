#pragma once

#include <string_view>

#include "host/ops/kv_cache.h"
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// NUMERICS.md 3.10: queries, keys and values of qkv f32 [M, 3*H*D] to INT8, a scale per token and
// head. Keys and values go to their sequences' positions in `layer`; q.codes [M, H*D] with groups
// of D in the layout that attention_i8 reads (attention_i8_input_layout). Rows are those of
// `sequences`. Throws Error naming the shapes.
void quantize_qkv(Queue& queue, const Tensor& qkv, const Sequences& sequences,
                  const KvCacheShape& shape, const KvCacheLayer& layer, const Codes& q,
                  std::string_view variant = {});

}  // namespace zerocl::ops
