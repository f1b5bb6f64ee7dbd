#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cl_kernels/abi/linear_w8a8.h"  // linear_w8a8_args
#include "host/ops/types.h"
#include "host/ops/variant.h"
#include "host/queue.h"

namespace zerocl {

// Why a variant cannot run on a device; nothing: it can.
std::optional<std::string> linear_w8a8_mma_refusal(const DeviceFacts& facts);
std::optional<std::string> linear_w8a8_dp4a_refusal(const DeviceFacts& facts);
std::optional<std::string> linear_w8a8_vnni_refusal(const DeviceFacts& facts);

inline constexpr Variant kLinearW8A8Variants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
    {"mma", linear_w8a8_mma_refusal, Variant::For::gpu},
    {"dp4a", linear_w8a8_dp4a_refusal, Variant::For::gpu},
    {"vnni", linear_w8a8_vnni_refusal, Variant::For::cpu},
    {"group", runs_everywhere, Variant::For::gpu},
    {"", runs_everywhere, Variant::For::cpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// A weight [N, K] of INT8 codes on a device, packed in the layout of a family of variants
// (cl_kernels/abi/linear_w8a8.h): "pairs" for the portable CPU shape, "vnni", "rows" (dp4a
// and the portable GPU shape) and "tiles" (wgmma, mma). Variants of one family stand in for each
// other without packing anew. One packing serves every number of rows, so prefill and decoding
// share it.
struct LinearW8A8Weight {
  std::int64_t outputs = 0;  // N
  std::int64_t inputs = 0;   // K
  std::int64_t group = 0;    // inputs that share a scale: K (one a row), or a multiple of 16
  std::string family;
  BufferView codes;   // packed_bytes_w8a8
  BufferView scales;  // f32, pack_scales_w8a8
  BufferView bias;    // f32 [N], or null
};

// K and the groups along it of a product's operands; groups of K inputs: none.
struct LinearW8A8Groups {
  std::int64_t inputs = 0, x = 0, w = 0;

  bool any() const { return x != inputs || w != inputs; }
};

// The best variant on a device that can serve such groups.
const Variant& choose_linear_w8a8(const DeviceFacts& facts, const LinearW8A8Groups& groups);
// Whether a variant can serve them (wgmma and mma: multiples of 128 alone).
bool linear_w8a8_serves(std::string_view variant, const LinearW8A8Groups& groups);
// All kernels of a variant, to build them together.
std::vector<KernelId> linear_w8a8_kernels(std::string_view variant, const LinearW8A8Groups& groups);

// The family that a variant reads. Throws Error (usage) for an unknown variant.
std::string_view linear_w8a8_family_of(std::string_view variant);
// The layout of activations that a family reads.
CodesLayout linear_w8a8_input_layout_of(std::string_view family);

// Bytes of a packed weight. Throws Error for an unknown family, a shape outside the limits of
// NUMERICS.md (section 4), or a group that is neither K nor a multiple of 16.
std::size_t packed_bytes_w8a8(std::string_view family, std::int64_t outputs, std::int64_t inputs,
                              std::int64_t group);
// Packs codes [N, K], row-major, into `out` of packed_bytes_w8a8. Throws Error for sizes that do
// not fit and for the code -128, which the format excludes.
void pack_linear_w8a8(std::string_view family, std::span<const std::int8_t> codes,
                      std::int64_t outputs, std::int64_t inputs, std::int64_t group,
                      std::span<std::byte> out);
// Scales [N, groups] in the order that a family reads.
std::vector<float> pack_scales_w8a8(std::string_view family, std::span<const float> scales,
                                    std::int64_t outputs);
// The inverse: codes [N, K] of a packed weight.
void unpack_linear_w8a8(std::string_view family, std::span<const std::byte> packed,
                        std::int64_t outputs, std::int64_t inputs, std::int64_t group,
                        std::span<std::int8_t> codes);

// y f32 [M, N] = codes x [M, K] times w, scaled, plus bias (NUMERICS.md 3.5). x.layout must be that
// of w's family. The group sizes of x and w are K or multiples of 16 of which one divides the
// other. Runs the best variant that reads w's family; a name in `variant` must be one of them.
// Throws Error naming the shapes, or the reason why the variant cannot run here.
void linear_w8a8(Queue& queue, const Codes& x, const LinearW8A8Weight& w, const Tensor& y,
                 std::string_view variant = {});

// For operators that begin with linear_w8a8. Throws Error naming `op` for operands that do not fit
// each other.
void check_linear_w8a8(std::string_view op, const Codes& x, const LinearW8A8Weight& w);

// The same for those that run fused alone and leave codes q of their rows. Throws Error where x, w
// or q does not lie in tiles, and unless `can_fuse`: what the operator says of the device, of the
// groups of x and w, and of q's.
void check_linear_w8a8_fused(std::string_view op, const DeviceFacts& facts, const Codes& x,
                             const LinearW8A8Weight& w, const Codes& q, bool can_fuse);
linear_w8a8_args linear_w8a8_args_of(const Codes& x, const LinearW8A8Weight& w,
                                     std::int64_t y_stride);

}  // namespace zerocl::ops
