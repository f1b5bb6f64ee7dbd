#pragma once

#include <string_view>

#include "host/ops/kv_cache.h"
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

struct AttentionParams {
  bool causal = false;  // a token sees the keys up to its own; else all of its sequence
  float scale = 0;      // c of NUMERICS.md 3.12: log2(e) / sqrt(D), times a model's own factors
};

// NUMERICS.md 3.12: attention of quantized queries q [M, H*D] (groups of D) over the INT8 cache
// `layer`, which must hold the keys of this call already (quantize_qkv). y f32 [M, H*D]. Rows are
// those of `sequences`. Throws Error naming the shapes.
void attention_i8(Queue& queue, const Codes& q, const Sequences& sequences,
                  const KvCacheShape& shape, const KvCacheLayer& layer, AttentionParams params,
                  const Tensor& y, std::string_view variant = {});

// The layout of q that the variant for this device, or a named one, reads.
CodesLayout attention_i8_input_layout(const DeviceFacts& facts);
CodesLayout attention_i8_input_layout(std::string_view variant);

// Throws Error, naming `op`, unless q is [rows, H*D] in groups of D and the variant's layout.
void check_head_codes(std::string_view op, const Codes& q, std::int64_t rows,
                      const KvCacheShape& shape, std::string_view variant);

}  // namespace zerocl::ops
