#pragma once

#include <string_view>
#include <vector>

#include "host/ops/kv_cache.h"
#include "host/ops/linear_w8a8.h"

namespace zerocl {

inline constexpr Variant kLinearW8A8QuantizeQkvVariants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// Whether the fused operator can replace linear_w8a8 and quantize_qkv on a device: operands whose
// groups along K linear_w8a8's wgmma can serve, heads of 32, 64 or 128, and rows of q without
// padding.
bool can_fuse_linear_w8a8_quantize_qkv(const DeviceFacts& facts, const LinearW8A8Groups& groups,
                                       const KvCacheShape& shape);
// Its kernels for a head size and such operands, to build them together.
std::vector<KernelId> linear_w8a8_quantize_qkv_kernels(std::int64_t head_size,
                                                       const LinearW8A8Groups& groups);

// quantize_qkv(linear_w8a8(x, w)) (NUMERICS.md 3.19): q gets the queries' codes (CODES_I8), the
// layer's cache keys and values. Throws Error for operands that do not fit and on devices that
// cannot run it.
void linear_w8a8_quantize_qkv(Queue& queue, const Codes& x, const LinearW8A8Weight& w,
                              const Sequences& sequences, const KvCacheShape& shape,
                              const KvCacheLayer& layer, const Codes& q);

}  // namespace zerocl::ops
