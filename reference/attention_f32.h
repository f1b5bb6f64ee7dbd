#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.13 for one sequence: queries q [T, H*D] at absolute positions position, position +
// 1,
// ... over keys and values [n, H*D], the first of them at position 0. Causal: a query sees the keys
// up to its own position, so n >= position + T; else all n. scale: c. Returns [T, H*D].
MatrixF attention_f32(const MatrixF& q, const MatrixF& keys, const MatrixF& values, Index heads,
                      Index position, bool causal, float scale);

}  // namespace zerocl::reference
