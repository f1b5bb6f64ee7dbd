#pragma once

#include <optional>
#include <vector>

#include "host/ops/linear_w8a8.h"
#include "host/ops/row_meeting.h"

namespace zerocl {

inline constexpr Variant kLinearW8A8AddLayerNormF16QuantizeVariants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// Whether the fused operator can replace linear_w8a8 and add_layer_norm_quantize on a device: no
// groups along K, and at most LINEAR_NORM_LIMIT outputs, a multiple of 8, with a scale a row.
bool can_fuse_linear_w8a8_add_layer_norm_f16_quantize(const DeviceFacts& facts,
                                                  const LinearW8A8Groups& groups,
                                                  std::int64_t outputs, std::int64_t group);
// Its kernels for so many outputs, to build them together.
std::vector<KernelId> linear_w8a8_add_layer_norm_f16_quantize_kernels(std::int64_t outputs);

// What add_layer_norm_quantize reads beside the product, and its float outputs; f32.
struct LinearNorm {
  Tensor residual;         // [M, N]
  BufferView gamma, beta;  // [N]
  float eps = 0;
  std::optional<Tensor> sum, y;  // [M, N]: h, and the norm; where they are wanted
  Tensor scratch;                // [M, N]: read where neither is, for the product
};

// q = add_layer_norm_quantize(linear_w8a8(x, w), residual) (NUMERICS.md 3.28), in CODES_TILES. No
// output may be an input, since others may still read it. `meeting` belongs to the queue. Throws
// Error for operands that do not fit and on devices that cannot run it.
void linear_w8a8_add_layer_norm_f16_quantize(Queue& queue, const Codes& x, const LinearW8A8Weight& w,
                                         const LinearNorm& norm, const Codes& q,
                                         RowMeeting& meeting);

}  // namespace zerocl::ops
