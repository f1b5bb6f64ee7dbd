// Codes of values whose scale was given before they were known (NUMERICS.md 3.27).
#pragma once

#include "abi/linear_w8a8_quantize.h"
#include "common/numeric.h"

// The code of x for the reciprocal r of its scale: saturates; 0 where x * r is NaN.
static inline int zcl_given_code(const float x, const float r) {
  const float v = x * r, high = v > GIVEN_SCALE_LIMIT ? GIVEN_SCALE_LIMIT : v;
  const float kept = high < -GIVEN_SCALE_LIMIT ? -GIVEN_SCALE_LIMIT : high;
  return v == v ? ZCL_RINT_INT(kept, as_int, convert_int) : 0;
}
