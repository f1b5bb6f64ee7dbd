#pragma once

#include <span>

#include "reference/f16.h"

namespace zerocl::reference {

struct LayerNormF16Quantize {
  MatrixF16 y;  // f16 of the layer norm [M, K]
  Quantized q;  // quantize_tokens of the layer norm in f32
};

// NUMERICS.md 3.29: layer_norm, then its result in f16 and its codes.
LayerNormF16Quantize layer_norm_f16_quantize(const MatrixF& x, std::span<const float> gamma,
                                             std::span<const float> beta, float eps, Index group);

}  // namespace zerocl::reference
