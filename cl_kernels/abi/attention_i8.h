// Arguments of the operator attention_i8 (NUMERICS.md 3.12).
#pragma once

#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "abi/types.h"

struct attention_i8_args {
  abi_int heads;      // H
  abi_int head_size;  // D, 1 .. HEAD_SIZE_LIMIT
  abi_int q_stride;   // codes from one row of q to the next
  abi_int y_stride;   // floats from one row of y to the next
  abi_int causal;     // 1: a token sees the keys up to its own position; 0: the whole sequence
  abi_float scale;    // c
};
ABI_ASSERT_SIZE(attention_i8_args, 24);
