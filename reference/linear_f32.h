#pragma once

#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.6: x [M, K] times w [N, K] transposed, plus bias [N] (empty: none), f32 [M, N].
// Each output is one ascending chain of fma.
MatrixF linear_f32(const MatrixF& x, const MatrixF& w, std::span<const float> bias);

}  // namespace zerocl::reference
