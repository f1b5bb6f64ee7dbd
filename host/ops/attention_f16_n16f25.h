#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/kernel.h"            // KernelId
#include "host/ops/attention_i8.h"  // AttentionParams
#include "host/ops/f16_matrix.h"
#include "host/ops/kv_cache.h"
#include "host/ops/types.h"
#include "host/ops/variant.h"
#include "host/queue.h"

namespace zerocl {

// Why a variant on float tensor cores cannot run on a device: their arithmetic is part of the name
// and was measured on compute capability 9.0 alone. Nothing: it can.
std::optional<std::string> n16f25_refusal(const DeviceFacts& facts);

inline constexpr Variant kAttentionF16Variants[] = {
    {"mma", n16f25_refusal, Variant::For::gpu},
    {"group", runs_everywhere, Variant::For::gpu},
    {"", runs_everywhere, Variant::For::cpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// Whether a variant can serve heads of this size and such attention: "mma" takes 32, 64 and 128,
// not causal.
bool attention_f16_n16f25_serves(std::string_view variant, std::int64_t head_size, bool causal);
// The variant that runs on a device, and its kernel.
KernelId attention_f16_n16f25_kernel(const DeviceFacts& facts, std::int64_t head_size, bool causal);

// NUMERICS.md 3.24: attention of the queries q f16 [M, H*D], row-major, over the f16 cache `layer`,
// which must hold the keys of this call already (store_qkv_f16). y f16 [M, H*D] in either layout.
// Rows are those of `sequences`. Throws Error naming the shapes.
void attention_f16_n16f25(Queue& queue, const F16Matrix& q, const Sequences& sequences,
                          const KvCacheShape& shape, const KvCacheLayer& layer,
                          AttentionParams params, const F16Matrix& y,
                          std::string_view variant = {});

}  // namespace zerocl::ops
