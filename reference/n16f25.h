#pragma once

#include <cstdint>

#include "reference/f16.h"

namespace zerocl::reference {

// A factor of a tensor-core product, taken apart (NUMERICS.md 1.11): sign * significand *
// 2^(exponent
// - 10), the exponent not below -14.
struct F16Factor {
  std::int16_t significand = 0;  // signed, below 2^11
  std::int16_t exponent = 0;
  bool infinite = false, nan = false;
};
F16Factor factor_of(std::uint16_t f16);

// One fused sum: c plus the products of `count` <= 16 pairs, a and b `a_stride` and `b_stride`
// factors apart.
float n16f25_sum(const F16Factor* a, Index a_stride, const F16Factor* b, Index b_stride,
                 Index count, float c);

// n16f25(a, b, count): the chain of fused sums from +0.
float n16f25(const F16Factor* a, const F16Factor* b, Index b_stride, Index count);

// Every element of a matrix taken apart.
Matrix<F16Factor> factors_of(const MatrixF16& matrix);

}  // namespace zerocl::reference
