#pragma once

#include <cstdint>

#include "reference/matrix.h"

namespace zerocl::reference {

struct TopK {
  MatrixF values;                // [M, k], the bits of x
  Matrix<std::int32_t> indices;  // [M, k]
};

// NUMERICS.md 3.17: the k largest values of each row of x [M, V], 1 <= k <= V, in descending
// order; equal values (and NaNs, which come last) by ascending index.
TopK top_k(const MatrixF& x, Index k);

}  // namespace zerocl::reference
