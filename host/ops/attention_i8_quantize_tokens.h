#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/ops/attention_i8.h"
#include "host/ops/row_meeting.h"

namespace zerocl {

// Its work-groups fill 200 KiB of local memory: compute capability 9.0 and 10.x have that, 8.x and
// 12.x have not. nullopt where it can run.
std::optional<std::string> attention_i8_quantize_tokens_refusal(const DeviceFacts& facts);

inline constexpr Variant kAttentionI8QuantizeTokensVariants[] = {
    {"mma", attention_i8_quantize_tokens_refusal, Variant::For::gpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// Whether the fused operator can replace attention_i8 and quantize_tokens on a device: heads of 32
// or 64 that fill whole tiles of codes, one scale a row (`group` is H * D) or one for each 128
// columns, in CODES_I8 or CODES_TILES.
bool can_fuse_attention_i8_quantize_tokens(const DeviceFacts& facts, const KvCacheShape& shape,
                                           std::int64_t group, CodesLayout layout);
// Its kernels for a head size on a device, to build them together; causal attention has one.
std::vector<KernelId> attention_i8_quantize_tokens_kernels(const DeviceFacts& facts,
                                                           std::int64_t head_size, bool causal);

// Teams of work-items that get work where there are `units` heads of tiles and `groups`
// work-groups, at most a unit: as many of each work-group as make the longest of them short.
std::int64_t attention_i8_quantize_tokens_teams(std::int64_t units, std::int64_t groups);

// y = quantize_tokens(attention_i8(q)) (NUMERICS.md 3.26); operands as those of the two. `meeting`
// belongs to the queue. Throws Error for operands that do not fit and on devices that cannot run
// it.
void attention_i8_quantize_tokens(Queue& queue, const Codes& q, const Sequences& sequences,
                                  const KvCacheShape& shape, const KvCacheLayer& layer,
                                  AttentionParams params, const Codes& y, RowMeeting& meeting);

}  // namespace zerocl::ops
