#pragma once

#include "reference/f16.h"

namespace zerocl::reference {

// NUMERICS.md 3.24 for one sequence: queries q [T, H*D] at absolute positions position, position +
// 1, ... over keys and values [n, H*D], the first of them at position 0. Causal: a query sees the
// keys up to its own position, so n >= position + T; else all n. scale: c. Returns f16 [T, H*D].
MatrixF16 attention_f16_n16f25(const MatrixF16& q, const MatrixF16& keys, const MatrixF16& values,
                               Index heads, Index position, bool causal, float scale);

}  // namespace zerocl::reference
