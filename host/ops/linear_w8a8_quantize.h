#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "host/ops/linear_w8a8.h"

namespace zerocl {

inline constexpr Variant kLinearW8A8QuantizeVariants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
    {"group", runs_everywhere, Variant::For::gpu},
    {"", runs_everywhere, Variant::For::cpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// The reciprocals of given scales as the operator takes them (NUMERICS.md 3.27): 0 for a scale that
// has none.
std::vector<float> scale_reciprocals(std::span<const float> scales);

// Whether a variant can serve such groups of x and w and such a layout of the codes; `wgmma` takes
// CODES_TILES without groups along K, the others all.
bool linear_w8a8_quantize_serves(std::string_view variant, const LinearW8A8Groups& groups,
                                 CodesLayout layout);
// The best variant on a device that can. All but `wgmma` need scratch memory.
const Variant& choose_linear_w8a8_quantize(const DeviceFacts& facts, const LinearW8A8Groups& groups,
                                           CodesLayout layout);

// q [M, N] = codes of linear_w8a8(x, w), with a scale given for each output (NUMERICS.md 3.27).
// reciprocals: f32 [N], of these scales. scratch: f32 [M, N], the product's outputs; may be empty
// for `wgmma`. Padding of q up to its stride is written as code 0. Throws Error for operands that
// do not fit each other or the variant.
void linear_w8a8_quantize(Queue& queue, const Codes& x, const LinearW8A8Weight& w,
                          const BufferView& reciprocals, const Tensor& scratch, const CodeMatrix& q,
                          std::string_view variant = {});

}  // namespace zerocl::ops
