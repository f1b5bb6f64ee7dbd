#pragma once

#include <vector>

#include "host/ops/kv_cache.h"
#include "host/ops/linear_f16_n16f25.h"

namespace zerocl {

inline constexpr Variant kLinearF16StoreQkvF16Variants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// Whether the fused operator can replace linear_f16_n16f25 and store_qkv_f16 on a device: heads of
// a multiple of 16.
bool can_fuse_linear_f16_n16f25_store_qkv_f16(const DeviceFacts& facts, const KvCacheShape& shape);
// Its kernels, to build them together.
std::vector<KernelId> linear_f16_n16f25_store_qkv_f16_kernels();

// store_qkv_f16(linear_f16_n16f25(x, w)) (NUMERICS.md 3.25): q gets the queries, row-major, the
// layer's cache keys and values. Throws Error for operands that do not fit and on devices that
// cannot run it.
void linear_f16_n16f25_store_qkv_f16(Queue& queue, const F16Matrix& x, const LinearF16Weight& w,
                                     const Sequences& sequences, const KvCacheShape& shape,
                                     const KvCacheLayer& layer, const F16Matrix& q);

}  // namespace zerocl::ops
