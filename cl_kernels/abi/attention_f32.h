// Arguments of the operator attention_f32 (NUMERICS.md 3.13).
#pragma once

#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "abi/types.h"

struct attention_f32_args {
  abi_int heads;       // H
  abi_int head_size;   // D, 1 .. HEAD_SIZE_LIMIT
  abi_int qkv_stride;  // floats from one row of qkv to the next
  abi_int y_stride;    // floats from one row of y to the next
  abi_int causal;      // 1: a token sees the keys up to its own position; 0: the whole sequence
  abi_float scale;     // c
};
ABI_ASSERT_SIZE(attention_f32_args, 24);
