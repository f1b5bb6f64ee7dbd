#pragma once

#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

struct AddLayerNormQuantize {
  MatrixF sum;  // h = x + residual [M, K]
  MatrixF y;    // layer_norm(h) [M, K]
  Quantized q;  // quantize_tokens(y)
};

// NUMERICS.md 3.8: the composition that the name spells.
AddLayerNormQuantize add_layer_norm_quantize(const MatrixF& x, const MatrixF& residual,
                                             std::span<const float> gamma,
                                             std::span<const float> beta, float eps, Index group);

}  // namespace zerocl::reference
