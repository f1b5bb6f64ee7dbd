// Arguments of the operator linear_w8a8_quantize_qkv (NUMERICS.md 3.19).
#pragma once

#include "abi/linear_w8a8.h"
#include "abi/quantize_qkv.h"
#include "abi/types.h"

struct linear_w8a8_quantize_qkv_args {
  struct linear_w8a8_args linear;  // N = 3 H D; y_stride is not read
  struct quantize_qkv_args qkv;    // qkv_stride is not read
};
ABI_ASSERT_SIZE(linear_w8a8_quantize_qkv_args, 64);
