// Arguments of the operator linear_w8a8_quantize (NUMERICS.md 3.27).
#pragma once

#include "abi/linear_w8a8.h"

// |codes| of outputs that leave the range saturate here.
#define GIVEN_SCALE_LIMIT 127.0f
// The least scale that has a reciprocal: the smallest normal float, 2^-126.
#define GIVEN_SCALE_LEAST 1.17549435e-38f

struct linear_w8a8_quantize_args {
  struct linear_w8a8_args linear;
  abi_int stride;  // codes from one row to the next, >= N; the padding is written as code 0
  abi_int layout;  // one of CODES_* (abi/layouts.h)
};
ABI_ASSERT_SIZE(linear_w8a8_quantize_args, 52);
