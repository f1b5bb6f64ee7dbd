// Arguments of the operator gather_rows (NUMERICS.md 3.14).
#pragma once

#include "abi/types.h"

struct gather_rows_args {
  abi_int rows;  // rows of y: entries of index
  abi_int cols;  // K
};
ABI_ASSERT_SIZE(gather_rows_args, 8);
