// Arguments of the operator l2_normalize (NUMERICS.md 3.16).
#pragma once

#include "abi/types.h"

struct l2_normalize_args {
  abi_int rows;  // M
  abi_int cols;  // K
};
ABI_ASSERT_SIZE(l2_normalize_args, 8);
