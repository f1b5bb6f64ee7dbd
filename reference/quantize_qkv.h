#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

struct QuantizedQkv {
  Quantized q, k, v;  // [M, H*D] in groups of D: scales [M, H]
};

// NUMERICS.md 3.10: qkv [M, 3*H*D] holds queries, keys and values one after another, D elements a
// head; a scale per token and head.
QuantizedQkv quantize_qkv(const MatrixF& qkv, Index heads);

}  // namespace zerocl::reference
