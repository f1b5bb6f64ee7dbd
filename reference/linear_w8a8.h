#pragma once

#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.5: codes x [M, K] times codes w [N, K] transposed, exact in int32 inside a group of
// inputs, one fma a group with the scales of x and w; plus bias [N] (empty: none). f32 [M, N].
// x.group and w.group: K, or multiples of 16 of which one divides the other. K <= K_LIMIT.
MatrixF linear_w8a8(const Quantized& x, const Quantized& w, std::span<const float> bias);

}  // namespace zerocl::reference
