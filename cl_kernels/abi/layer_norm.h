// Arguments of layer_norm, add_layer_norm, layer_norm_quantize and add_layer_norm_quantize
// (NUMERICS.md 3.7, 3.8).
#pragma once

#include "abi/quantize_tokens.h"
#include "abi/types.h"

struct layer_norm_args {
  abi_int rows;       // M
  abi_int cols;       // K
  abi_float eps;      // added to the variance
  abi_int write_sum;  // 1: h = x + r is an output (the forms with add)
  abi_int write_y;    // 1: the float result is an output (always 1 in the forms without quantize)
  struct quantize_output out;  // read by the forms with quantize alone
};
ABI_ASSERT_SIZE(layer_norm_args, 36);
