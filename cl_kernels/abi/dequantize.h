// Arguments of the operator dequantize (NUMERICS.md 3.4).
#pragma once

#include "abi/types.h"

struct dequantize_args {
  abi_int rows;    // M
  abi_int cols;    // K
  abi_int group;   // elements of a row that share a scale, 1 .. cols
  abi_int groups;  // scales a row, ceil(cols / group)
  abi_int stride;  // codes from one row to the next, >= cols
  abi_int layout;  // one of CODES_* (abi/layouts.h)
};
ABI_ASSERT_SIZE(dequantize_args, 24);
