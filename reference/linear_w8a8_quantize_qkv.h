#pragma once

#include <span>

#include "reference/matrix.h"
#include "reference/quantize_qkv.h"  // QuantizedQkv

namespace zerocl::reference {

// NUMERICS.md 3.19: quantize_qkv(linear_w8a8(x, w, bias)), w [3*H*D, K].
QuantizedQkv linear_w8a8_quantize_qkv(const Quantized& x, const Quantized& w,
                                      std::span<const float> bias, Index heads);

}  // namespace zerocl::reference
