// Arguments of the operator tanh (NUMERICS.md 3.9).
#pragma once

#include "abi/types.h"

struct tanh_args {
  abi_uint count;  // elements
};
ABI_ASSERT_SIZE(tanh_args, 4);
