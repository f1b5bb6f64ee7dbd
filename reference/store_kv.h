#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

struct KeysValues {
  MatrixF k, v;  // [M, H*D]
};

// NUMERICS.md 3.11: keys and values of qkv [M, 3*H*D].
KeysValues store_kv(const MatrixF& qkv);

}  // namespace zerocl::reference
