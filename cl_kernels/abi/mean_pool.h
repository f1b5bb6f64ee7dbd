// Arguments of the operator mean_pool (NUMERICS.md 3.15).
#pragma once

#include "abi/types.h"

struct mean_pool_args {
  abi_int sequences;  // S, rows of y
  abi_int cols;       // K
};
ABI_ASSERT_SIZE(mean_pool_args, 8);
