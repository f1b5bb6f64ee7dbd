#pragma once

#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

struct AddLayerNorm {
  MatrixF sum;  // h = x + residual [M, K]
  MatrixF y;    // layer_norm(h) [M, K]
};

// NUMERICS.md 3.8: the composition that the name spells.
AddLayerNorm add_layer_norm(const MatrixF& x, const MatrixF& residual, std::span<const float> gamma,
                            std::span<const float> beta, float eps);

}  // namespace zerocl::reference
