#pragma once

#include <span>

#include "reference/gelu.h"  // GeluForm
#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.18: gelu_quantize(linear_w8a8(x, w, bias)), codes in groups of `group`.
Quantized linear_w8a8_gelu_quantize(const Quantized& x, const Quantized& w,
                                    std::span<const float> bias, GeluForm form, Index group);

}  // namespace zerocl::reference
