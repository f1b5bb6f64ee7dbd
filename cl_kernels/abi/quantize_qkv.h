// Arguments of the operator quantize_qkv (NUMERICS.md 3.10).
#pragma once

#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "abi/types.h"

#define QUANTIZE_QKV_ITEMS 16  // work-items that share one group of D elements, GPU shape

struct quantize_qkv_args {
  abi_int rows;        // M
  abi_int heads;       // H
  abi_int head_size;   // D, 1 .. HEAD_SIZE_LIMIT
  abi_int qkv_stride;  // floats from one row of qkv to the next
  abi_int q_stride;    // codes from one row of q to the next; the padding is written as code 0
};
ABI_ASSERT_SIZE(quantize_qkv_args, 20);
