// Arguments of the operator linear_w8a8_add_layer_norm_f16_quantize (NUMERICS.md 3.28).
#pragma once

#include "abi/layer_norm_f16_quantize.h"
#include "abi/linear_w8a8.h"
#include "abi/row_meeting.h"
#include "abi/types.h"

struct linear_w8a8_add_layer_norm_f16_quantize_args {
  struct linear_w8a8_args linear;            // no groups along K; y_stride N
  struct layer_norm_f16_quantize_args norm;  // rows, cols: M, N; a scale a row, CODES_TILES
  abi_int meeting_rows;                      // as in linear_w8a8_gelu_quantize_args
  abi_int meeting_turn;
};
ABI_ASSERT_SIZE(linear_w8a8_add_layer_norm_f16_quantize_args, 84);

// Outputs, multiples of 8: rows that stay in a warp's registers.
#define LINEAR_NORM_NARROW 768
#define LINEAR_NORM_LIMIT 1024  // of the kernels with _wide in their names
