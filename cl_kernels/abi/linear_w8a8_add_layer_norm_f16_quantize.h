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

#define LINEAR_NORM_LIMIT 4096  // outputs, a multiple of 8

// What groups of 64 rows that meet tell each other: float [rows / 64][2][blocks][64], the sums of
// the blocks of MOMENTS_BLOCK columns of their rows, and then the squares (NUMERICS.md 1.12).
#define NORM_PARTIALS_PLANE(blocks) ((blocks)*MEETING_ROWS)
#define NORM_PARTIALS_INDEX(row, b, blocks)                           \
  ((size_t)((row) / MEETING_ROWS * 2) * NORM_PARTIALS_PLANE(blocks) + \
   (size_t)((b)*MEETING_ROWS + (row) % MEETING_ROWS))
