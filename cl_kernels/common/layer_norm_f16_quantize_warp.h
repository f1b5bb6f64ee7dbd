// One row of layer_norm_f16_quantize and add_layer_norm_f16_quantize for a warp (NUMERICS.md 3.29);
// rows as row_warp.h has them.
#pragma once

#include "abi/layer_norm_f16_quantize.h"
#include "common/layer_norm_f16_warp.h"

// Row m. `add`: h = f16(x) + residual, else h = x; a constant, as `pieces` is. Each lane has read
// all of its elements before it stores any, and stores only these, so y may be the residual.
static inline __attribute__((always_inline)) void layer_norm_f16_quantize_warp_row(
    const int m, const int add, const int pieces, global const float* x,
    global const ushort* residual, global const float* gamma, global const float* beta,
    global ushort* y, global char* codes, global float* scales,
    const struct layer_norm_f16_quantize_args args) {
  const int cols = args.cols;
  const size_t at = (size_t)m * cols;
  const struct f16_matrix shape = {F16_ROWS, cols};
  float8 held[ROW_WARP_WIDE_PIECES];
  if (add)
    layer_norm_f16_warp_sum(held, m, pieces, cols, x, residual, shape);
  else
    row_warp_read(held, x + at, cols, pieces);
  const float2 statistics = layer_norm_f16_warp_statistics(held, cols, args.eps, pieces);
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i)
    if (i < pieces && row_warp_at(i) < cols)
      held[i] = layer_norm_warp_y(held[i], statistics, gamma, beta, row_warp_at(i));
  if (args.write_y) {
#pragma unroll
    for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i)
      if (i < pieces && row_warp_at(i) < cols)
        *(global uint4*)(y + at + row_warp_at(i)) = layer_norm_f16_warp_halves(held[i]);
  }
  row_warp_quantize(held, m, cols, pieces, codes, scales, args.out);
}
