#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/ops/kv_cache.h"
#include "host/ops/types.h"
#include "host/ops/variant.h"
#include "host/queue.h"

namespace zerocl {

// Why attention_i8_mma cannot run on a device; nothing: it can.
std::optional<std::string> attention_i8_mma_refusal(const DeviceFacts& facts);

inline constexpr Variant kAttentionI8Variants[] = {
    {"mma", attention_i8_mma_refusal, Variant::For::gpu},
    {"group", runs_everywhere, Variant::For::gpu},
    {"", runs_everywhere, Variant::For::cpu},
};

}  // namespace zerocl

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

// The kernels that the variant "mma" launches: for heads of this size, and for calls of one token a
// sequence.
std::vector<KernelId> attention_i8_mma_kernels(std::int64_t head_size);

// Whether every sequence has one row, as in decoding: the variant "mma" then shares a row's keys
// among the work-group.
bool attention_i8_decodes(const Sequences& sequences);

// The layout of q that the variant for this device, or a named one, reads.
CodesLayout attention_i8_input_layout(const DeviceFacts& facts);
CodesLayout attention_i8_input_layout(std::string_view variant);

// Throws Error, naming `op`, unless q is [rows, H*D] in groups of D and the variant's layout.
void check_head_codes(std::string_view op, const Codes& q, std::int64_t rows,
                      const KvCacheShape& shape, std::string_view variant);

}  // namespace zerocl::ops
