#pragma once

#include <span>

#include "reference/layer_norm_f16_quantize.h"

namespace zerocl::reference {

// NUMERICS.md 3.29: h = f16(x) + residual in f32; layer_norm of it in f16, and its codes.
LayerNormF16Quantize add_layer_norm_f16_quantize(const MatrixF& x, const MatrixF16& residual,
                                                 std::span<const float> gamma,
                                                 std::span<const float> beta, float eps,
                                                 Index group);

}  // namespace zerocl::reference
