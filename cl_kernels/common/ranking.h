// The order of argmax and top_k (NUMERICS.md 3.17): larger values first, equal values by ascending
// index, -0 = +0, NaN after everything.
#pragma once

#include "common/numeric.h"

#define ZCL_NO_KEY INT_MIN  // the key of NaN, and of lanes without an element

// Larger keys first. x + 0 makes -0 and +0 one; flipping the magnitude bits of negative floats
// lets signed integers keep their order; -inf stays above the key of NaN.
static inline int zcl_rank_key(float x) {
  const int bits = as_int(x + 0.0f);
  return x != x ? ZCL_NO_KEY : bits ^ ((bits >> 31) & ABS_MASK);
}
// The same with a mask in place of the choice: LLVM makes of `x != x ? constant : key` a masked
// load, which with an empty mask takes 130 ns on a Zen 4.
static inline int16 zcl_rank_key_16(float16 x) {
  const int16 bits = as_int16(x + (float16)(0.0f));
  const int16 is_nan = ((int16)(INFINITY_BITS) - (bits & (int16)(ABS_MASK))) >> 31;  // 0 or -1
  return ((bits ^ ((bits >> 31) & (int16)(ABS_MASK))) & ~is_nan) | (is_nan << 31);
}

// A candidate is (key, index); where there is none: (ZCL_NO_KEY, INT_MAX).
static inline int2 zcl_first_of(int2 a, int2 b) {
  return b.x > a.x || (b.x == a.x && b.y < a.y) ? b : a;
}

// The first of the candidates of a work-group of 256 items, given to all of them.
// `scratch` holds 272; it may be reused by the next call at once.
static inline int2 zcl_first_of_group(int2 mine, local int2* scratch) {
  const int i = get_local_id(0);
  scratch[i] = mine;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (i < 16) {
    int2 first = scratch[16 * i];
    for (int j = 1; j < 16; ++j) first = zcl_first_of(first, scratch[16 * i + j]);
    scratch[256 + i] = first;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  int2 first = scratch[256];
  for (int j = 1; j < 16; ++j) first = zcl_first_of(first, scratch[256 + j]);
  return first;
}
