#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/ops/gelu.h"  // GeluForm
#include "host/ops/linear_w8a8.h"
#include "host/ops/row_meeting.h"

namespace zerocl {

inline constexpr Variant kLinearW8A8GeluQuantizeVariants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// Whether the fused operator can replace linear_w8a8 and gelu_quantize on a device: operands whose
// groups along K linear_w8a8's wgmma can serve, and an output of `outputs` columns in groups of all
// of them or of 128.
bool can_fuse_linear_w8a8_gelu_quantize(const DeviceFacts& facts, const LinearW8A8Groups& groups,
                                        std::int64_t outputs, std::int64_t group);
// Its kernels for a form and such operands, to build them together.
std::vector<KernelId> linear_w8a8_gelu_quantize_kernels(GeluForm form,
                                                        const LinearW8A8Groups& groups);

// q = gelu_quantize(linear_w8a8(x, w)) (NUMERICS.md 3.18), in CODES_TILES. `meeting` belongs to the
// queue. Throws Error for operands that do not fit and on devices that cannot run it.
void linear_w8a8_gelu_quantize(Queue& queue, const Codes& x, const LinearW8A8Weight& w,
                               GeluForm form, const Codes& q, RowMeeting& meeting);

}  // namespace zerocl::ops
