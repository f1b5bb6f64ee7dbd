// One row of layer_norm_f16_quantize and add_layer_norm_f16_quantize for a work-group of 256 items
// (NUMERICS.md 3.29).
#pragma once

#include "abi/layer_norm_f16_quantize.h"
#include "common/layer_norm_group.h"
#include "common/moments_group.h"

#define LAYER_NORM_F16_QUANTIZE_GROUP_H(k) row_value(row, (k))
// Row m. `kind`: ROW_PLAIN, h = x, or ROW_SUM_F16; a constant. y may be the residual: it is stored
// when all items have read that for the last time but for the elements that each stores itself.
static inline void layer_norm_f16_quantize_group_of(int m, int kind, global const float* x,
                                                    global const ushort* residual,
                                                    global const float* gamma,
                                                    global const float* beta, global ushort* y,
                                                    global char* codes, global float* scales,
                                                    struct layer_norm_f16_quantize_args args,
                                                    local float* sums, local uint* maxima) {
  const int i = get_local_id(0), cols = args.cols;
  const size_t at = (size_t)m * cols;
  float held[ROW_REGISTERS];
  struct row_source row = {kind, x + at, 0, gamma, beta, 0.0f, 0.0f, residual + at};
  row_hold(row, cols, held);
  float2 moments;
  ZCL_MOMENTS_ITEMS(moments, cols, LAYER_NORM_F16_QUANTIZE_GROUP_H, sums);
  row.mean = moments.x;
  row.rstd = zcl_rsqrt(moments.y + args.eps);
  layer_norm_group_normed(&row, held, cols);
  row_quantize(row, held, m, cols, codes, scales, args.out, maxima);
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (!args.write_y) return;
#pragma unroll
  for (int j = 0; j < ROW_REGISTERS; ++j)
    if (i + ROW_ITEMS * j < cols) y[at + i + ROW_ITEMS * j] = zcl_f16_bits(held[j]);
  for (int k = ROW_HELD + i; k < cols; k += ROW_ITEMS) y[at + k] = zcl_f16_bits(row_value(row, k));
}
