#pragma once

#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

struct LayerNormQuantize {
  MatrixF y;    // layer_norm(x) [M, K]
  Quantized q;  // quantize_tokens(y)
};

// NUMERICS.md 3.8: the composition that the name spells.
LayerNormQuantize layer_norm_quantize(const MatrixF& x, std::span<const float> gamma,
                                      std::span<const float> beta, float eps, Index group);

}  // namespace zerocl::reference
