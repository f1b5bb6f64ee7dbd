#pragma once

#include <vector>

#include "host/ops/gelu.h"  // GeluForm
#include "host/ops/linear_f16_n16f25.h"

namespace zerocl {

inline constexpr Variant kLinearF16GeluF16Variants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// Whether the fused operator can replace linear_f16_n16f25 and gelu_f16 on a device.
bool can_fuse_linear_f16_n16f25_gelu_f16(const DeviceFacts& facts);
// Its kernels for a form, to build them together.
std::vector<KernelId> linear_f16_n16f25_gelu_f16_kernels(GeluForm form);

// y = gelu_f16(linear_f16_n16f25(x, w)) (NUMERICS.md 3.25), f16 in either layout. Throws Error for
// operands that do not fit and on devices that cannot run it.
void linear_f16_n16f25_gelu_f16(Queue& queue, const F16Matrix& x, const LinearF16Weight& w,
                                GeluForm form, const F16Matrix& y);

}  // namespace zerocl::ops
