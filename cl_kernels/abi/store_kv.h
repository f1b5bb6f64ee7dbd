// Arguments of the operator store_kv (NUMERICS.md 3.11).
#pragma once

#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "abi/types.h"

struct store_kv_args {
  abi_int rows;        // M
  abi_int heads;       // H
  abi_int head_size;   // D, 1 .. HEAD_SIZE_LIMIT
  abi_int qkv_stride;  // floats from one row of qkv to the next
};
ABI_ASSERT_SIZE(store_kv_args, 16);
