// Arguments of store_qkv_f16 (NUMERICS.md 3.22).
#pragma once

#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "abi/types.h"

struct store_qkv_f16_args {
  abi_int rows;        // M
  abi_int heads;       // H
  abi_int head_size;   // D, 1 .. HEAD_SIZE_LIMIT
  abi_int qkv_stride;  // floats from one row of qkv to the next
};
ABI_ASSERT_SIZE(store_qkv_f16_args, 16);
