// Arguments of the operator top_k (NUMERICS.md 3.17).
#pragma once

#include "abi/types.h"

#define TOP_K_MAX 64  // the largest k

struct top_k_args {
  abi_int rows;  // M
  abi_int cols;  // V
  abi_int k;     // 1 .. min(TOP_K_MAX, V)
};
ABI_ASSERT_SIZE(top_k_args, 12);
