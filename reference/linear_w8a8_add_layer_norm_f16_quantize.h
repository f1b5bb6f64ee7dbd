#pragma once

#include <span>

#include "reference/add_layer_norm_f16_quantize.h"
#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.28: add_layer_norm_f16_quantize(linear_w8a8(x, w, bias), residual), codes in groups
// of `group`.
LayerNormF16Quantize linear_w8a8_add_layer_norm_f16_quantize(
    const Quantized& x, const Quantized& w, std::span<const float> bias, const MatrixF16& residual,
    std::span<const float> gamma, std::span<const float> beta, float eps, Index group);

}  // namespace zerocl::reference
