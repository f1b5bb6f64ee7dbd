// Arguments of layer_norm_f16_quantize and add_layer_norm_f16_quantize (NUMERICS.md 3.29).
#pragma once

#include "abi/quantize_tokens.h"
#include "abi/types.h"

struct layer_norm_f16_quantize_args {
  abi_int rows;     // M
  abi_int cols;     // K; f16 matrices are [M, K] without padding
  abi_float eps;    // added to the variance
  abi_int write_y;  // 1: the f16 result is an output
  struct quantize_output out;
};
ABI_ASSERT_SIZE(layer_norm_f16_quantize_args, 32);
