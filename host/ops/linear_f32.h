#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "host/ops/types.h"
#include "host/ops/variant.h"
#include "host/queue.h"

namespace zerocl {

inline constexpr Variant kLinearF32Variants[] = {
    {"group", runs_everywhere, Variant::For::gpu},
    {"", runs_everywhere, Variant::For::cpu},
};

}  // namespace zerocl

namespace zerocl::ops {

// A weight f32 [N, K] on a device, packed in the layout of a family of variants
// (cl_kernels/abi/linear_f32.h): "panels" for the CPU shape, "columns" for GPUs, "rows" (row-major)
// for linear_f32_fast.
struct LinearF32Weight {
  std::int64_t outputs = 0;  // N
  std::int64_t inputs = 0;   // K
  std::string family;
  BufferView values;  // f32, packed_floats_f32
  BufferView bias;    // f32 [N], or null
};

// The family that a variant reads, and that of the best variant on a device.
// Throws Error (usage) for an unknown variant.
std::string_view linear_f32_family_of(std::string_view variant);
std::string_view linear_f32_family(const DeviceFacts& facts);

// Floats of a packed weight. Throws Error for an unknown family or a shape out of range.
std::size_t packed_floats_f32(std::string_view family, std::int64_t outputs, std::int64_t inputs);
// Packs values [N, K], row-major, into `out` of packed_floats_f32. Throws Error for sizes that do
// not fit.
void pack_linear_f32(std::string_view family, std::span<const float> values, std::int64_t outputs,
                     std::int64_t inputs, std::span<float> out);
// The inverse: values [N, K] of a packed weight.
void unpack_linear_f32(std::string_view family, std::span<const float> packed, std::int64_t outputs,
                       std::int64_t inputs, std::span<float> values);

// y f32 [M, N] = x f32 [M, K] times w, plus bias (NUMERICS.md 3.6): one ascending chain of fma an
// output. Runs the variant that reads w's family; a name in `variant` must agree with it. x and y
// may have strides. Throws Error naming the shapes.
void linear_f32(Queue& queue, const Tensor& x, const LinearF32Weight& w, const Tensor& y,
                std::string_view variant = {});

}  // namespace zerocl::ops
