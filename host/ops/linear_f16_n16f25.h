#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cl_kernels/abi/linear_f16_n16f25.h"  // linear_f16_n16f25_args
#include "host/ops/f16_matrix.h"
#include "host/ops/types.h"
#include "host/ops/variant.h"
#include "host/queue.h"

namespace zerocl {

inline constexpr Variant kLinearF16Variants[] = {
    {"wgmma", wgmma_refusal, Variant::For::gpu},
    {"group", runs_everywhere, Variant::For::gpu},
    {"", runs_everywhere, Variant::For::cpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// A weight f16 [N, K] on a device, packed in the layout of a family of variants
// (cl_kernels/abi/linear_f16_n16f25.h): "panels" for the CPU shape, "rows" for GPUs, "tiles" for
// wgmma.
struct LinearF16Weight {
  std::int64_t outputs = 0;  // N
  std::int64_t inputs = 0;   // K
  std::string family;
  BufferView values;  // u16, packed_halves
  BufferView bias;    // f32 [N], or null
};

// The family that a variant reads, and that of the best variant on a device; the layout of x that
// goes with a family. Throws Error (usage) for what does not exist.
std::string_view linear_f16_family_of(std::string_view variant);
std::string_view linear_f16_family(const DeviceFacts& facts);
F16Layout linear_f16_input_layout(std::string_view family);
// All kernels of a variant, to build them together.
std::vector<KernelId> linear_f16_kernels(std::string_view variant);

// Halves of a packed weight, and the packing of values [N, K] as f16 bits, row-major. Throws Error
// for an unknown family or sizes that do not fit.
std::size_t packed_halves(std::string_view family, std::int64_t outputs, std::int64_t inputs);
void pack_linear_f16(std::string_view family, std::span<const std::uint16_t> values,
                     std::int64_t outputs, std::int64_t inputs, std::span<std::uint16_t> out);

// What the launchers of the fused forms share with this one. Throws Error, naming `op`, unless x
// and w fit each other.
void check_linear_f16(std::string_view op, const F16Matrix& x, const LinearF16Weight& w);
linear_f16_n16f25_args linear_f16_args(const F16Matrix& x, const LinearF16Weight& w,
                                       const f16_matrix& y, bool y_f16);

// y [M, N] = x f16 [M, K] times w, plus bias, by the sums of Hopper's tensor cores
// (NUMERICS.md 3.23); y in f32, rows may have a stride, or in f16. Runs the variant that reads w's
// family; a name in `variant` must agree with it. Throws Error naming the shapes.
void linear_f16_n16f25(Queue& queue, const F16Matrix& x, const LinearF16Weight& w, const Tensor& y,
                       std::string_view variant = {});
void linear_f16_n16f25(Queue& queue, const F16Matrix& x, const LinearF16Weight& w,
                       const F16Matrix& y, std::string_view variant = {});

}  // namespace zerocl::ops
