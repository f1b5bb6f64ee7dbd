#pragma once

#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.27: codes [M, N] of linear_w8a8(x, w, bias), where scales [N] are given, one for
// each output.
MatrixI8 linear_w8a8_quantize(const Quantized& x, const Quantized& w, std::span<const float> bias,
                              std::span<const float> scales);

// The code of y for a given scale.
std::int8_t given_code(float y, float scale);

}  // namespace zerocl::reference
