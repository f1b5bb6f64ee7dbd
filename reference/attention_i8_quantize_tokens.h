#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.26 for one sequence: quantize_tokens(attention_i8(q, ...)) in groups of `group`.
Quantized attention_i8_quantize_tokens(const Quantized& q, const Quantized& keys,
                                       const Quantized& values, Index position, bool causal,
                                       float scale, Index group);

}  // namespace zerocl::reference
