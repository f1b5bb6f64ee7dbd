// Arguments of the operator attention_f16_n16f25 (NUMERICS.md 3.24).
#pragma once

#include "abi/f16_layouts.h"
#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "abi/types.h"

struct attention_f16_n16f25_args {
  abi_int heads;        // H
  abi_int head_size;    // D, 1 .. HEAD_SIZE_LIMIT
  struct f16_matrix y;  // q is row-major [M, H*D]
  abi_int causal;       // 1: a token sees the keys up to its own position; 0: the whole sequence
  abi_float scale;      // c
};
ABI_ASSERT_SIZE(attention_f16_n16f25_args, 24);
