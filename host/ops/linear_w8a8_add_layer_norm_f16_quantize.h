#pragma once

#include <optional>
#include <vector>

#include "host/ops/f16_matrix.h"
#include "host/ops/linear_w8a8.h"
#include "host/ops/row_meeting.h"

namespace zerocl {

inline constexpr Variant kLinearW8A8AddLayerNormF16QuantizeVariants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// Whether the fused operator can replace linear_w8a8 and add_layer_norm_f16_quantize: no
// groups along K, and at most LINEAR_NORM_LIMIT outputs, a multiple of 8, with a scale a row.
bool can_fuse_linear_w8a8_add_layer_norm_f16_quantize(const DeviceFacts& facts,
                                                      const LinearW8A8Groups& groups,
                                                      std::int64_t outputs, std::int64_t group);
// Its kernels for so many inputs, to build them together.
std::vector<KernelId> linear_w8a8_add_layer_norm_f16_quantize_kernels();

// What add_layer_norm_f16_quantize reads beside the product, and its y. f16 matrices are row-major.
struct LinearNorm {
  F16Matrix residual;      // [M, N]
  BufferView gamma, beta;  // f32 [N]
  float eps = 0;
  std::optional<F16Matrix> y;  // [M, N], where it is wanted
};

// q = add_layer_norm_f16_quantize(linear_w8a8(x, w), residual) (NUMERICS.md 3.28), in CODES_TILES.
// No output may be an input, since others may still read it. `meeting` belongs to the queue. Throws
// Error for operands that do not fit and on devices that cannot run it.
void linear_w8a8_add_layer_norm_f16_quantize(Queue& queue, const Codes& x,
                                             const LinearW8A8Weight& w, const LinearNorm& norm,
                                             const Codes& q, RowMeeting& meeting);

}  // namespace zerocl::ops
