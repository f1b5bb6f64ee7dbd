#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

// weight() of NUMERICS.md 3.12: of a score y in units of log2, a multiple of 2^-10.
float attention_weight(float y);

// NUMERICS.md 3.12 for one sequence: queries q [T, H*D] at absolute positions position, position +
// 1,
// ... over keys and values [n, H*D], the first of them at position 0; all in groups of D (scales
// [T, H] and [n, H]). Causal: a query sees the keys up to its own position, so n >= position + T;
// else all n. scale: c, log2(e) / sqrt(D) times a model's own factors. Returns [T, H*D].
MatrixF attention_i8(const Quantized& q, const Quantized& keys, const Quantized& values,
                     Index position, bool causal, float scale);

}  // namespace zerocl::reference
