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

// The shapes of attention_i8.mma.cl and attention_i8.mma_row.cl.
#define ATTENTION_MMA_TILES (ATTENTION_MMA_ROWS / ATTENTION_ROWS_GPU)  // a work-group
#define ATTENTION_MMA_SIZE 64           // head sizes of attention_i8_mma
#define ATTENTION_MMA_WIDE_COLUMNS 128  // of attention_i8_mma_wide, a work-group
#define ATTENTION_MMA_ROW_BLOCKS 8      // blocks of keys at once, a warp each
