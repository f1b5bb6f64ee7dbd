#pragma once

#include <span>

#include "reference/f16.h"

namespace zerocl::reference {

struct LayerNormF16 {
  MatrixF y;      // norm64 [M, K]
  MatrixF16 y16;  // f16(y)
};

// NUMERICS.md 3.20: the composition that the name spells.
LayerNormF16 layer_norm_f16(const MatrixF& x, std::span<const float> gamma,
                            std::span<const float> beta, float eps);

}  // namespace zerocl::reference
