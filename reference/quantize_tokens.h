#pragma once

#include <cstdint>
#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 1.6: the largest bits(x) & 0x7fffffff of the values.
std::uint32_t absmax_bits(std::span<const float> values);

// NUMERICS.md 1.7: the multiplier and the stored scale of a group from the bits of its absolute
// maximum, and the code of an element of it.
struct QuantScale {
  float r;
  float scale;
};
QuantScale quant_scale(std::uint32_t absmax);
std::int8_t quant_code(float x, float r);

// NUMERICS.md 3.2: codes and scales of x [M, K], one scale for each run of `group` elements of a
// row (1 .. K; K: ZeroQuant's token-wise scheme, arXiv 2206.01861 section 3.2).
Quantized quantize_tokens(const MatrixF& x, Index group);

}  // namespace zerocl::reference
