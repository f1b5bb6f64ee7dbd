#pragma once

#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.7: each row of x [M, K] to mean 0 and variance 1, times gamma [K], plus beta [K].
MatrixF layer_norm(const MatrixF& x, std::span<const float> gamma, std::span<const float> beta,
                   float eps);

}  // namespace zerocl::reference
