// Arguments of layer_norm_f16 and add_layer_norm_f16 (NUMERICS.md 3.20).
#pragma once

#include "abi/f16_layouts.h"
#include "abi/types.h"

struct layer_norm_f16_args {
  abi_int rows;         // M
  abi_int cols;         // K
  abi_float eps;        // added to the variance
  abi_int write_y;      // 1: the f32 result is an output
  abi_int write_y16;    // 1: the f16 result is
  abi_int x_f32;        // 1: add_layer_norm_f16's x is f32 [M, K] and is rounded to f16 first
  struct f16_matrix x;  // add_layer_norm_f16 alone
  struct f16_matrix residual;  // likewise
  struct f16_matrix y16;
};
ABI_ASSERT_SIZE(layer_norm_f16_args, 48);
