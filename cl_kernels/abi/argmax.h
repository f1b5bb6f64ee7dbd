// Arguments of the operator argmax (NUMERICS.md 3.17).
#pragma once

#include "abi/types.h"

struct argmax_args {
  abi_int rows;  // M
  abi_int cols;  // V
};
ABI_ASSERT_SIZE(argmax_args, 8);
