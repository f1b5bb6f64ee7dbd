#pragma once

#include <span>

#include "reference/f16.h"

namespace zerocl::reference {

// NUMERICS.md 3.23: x [M, K] times w [N, K] transposed by fused sums of 16 products, plus bias [N]
// (empty: none); f32 [M, N]. The operator's f16 output is to_f16 of it.
MatrixF linear_f16_n16f25(const MatrixF16& x, const MatrixF16& w, std::span<const float> bias);

}  // namespace zerocl::reference
