// Arguments of the operator relu (NUMERICS.md 3.9).
#pragma once

#include "abi/types.h"

struct relu_args {
  abi_uint count;  // elements
};
ABI_ASSERT_SIZE(relu_args, 4);
