#pragma once

#include <span>

#include "reference/layer_norm_f16.h"

namespace zerocl::reference {

// NUMERICS.md 3.20: the composition that the name spells.
LayerNormF16 add_layer_norm_f16(const MatrixF16& x, const MatrixF16& residual,
                                std::span<const float> gamma, std::span<const float> beta,
                                float eps);
// The same of an x in f32, which is rounded to f16 first.
LayerNormF16 add_layer_norm_f16(const MatrixF& x, const MatrixF16& residual,
                                std::span<const float> gamma, std::span<const float> beta,
                                float eps);

}  // namespace zerocl::reference
