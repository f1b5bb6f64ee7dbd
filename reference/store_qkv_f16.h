#pragma once

#include "reference/f16.h"

namespace zerocl::reference {

struct QkvF16 {
  MatrixF16 q, k, v;  // [M, H*D]
};

// NUMERICS.md 3.22: queries, keys and values of qkv [M, 3*H*D], rounded.
QkvF16 store_qkv_f16(const MatrixF& qkv);

}  // namespace zerocl::reference
