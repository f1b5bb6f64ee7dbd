// One row of layer_norm_f16 and add_layer_norm_f16 for a single work-item (NUMERICS.md 3.20).
#pragma once

#include "abi/layer_norm_f16.h"
#include "common/elementary.h"
#include "common/f16.h"
#include "common/row16.h"

// Where a row of h comes from: x f32, or x + r, both f16.
struct layer_norm_f16_row {
  global const float* x;
  global const ushort* x16;
  global const ushort* residual;
  int m;
};

// 16 elements of h from k on; lanes from n on +0.
ZCL_INLINE float16 layer_norm_f16_h(const struct layer_norm_f16_row row, const int add, const int k,
                                    const int n, const struct layer_norm_f16_args* args) {
  if (!add) return zcl_load16(row.x + (size_t)row.m * args->cols + k, n);
  return zcl_f16_load16(row.x16, args->x, row.m, k, n) +
         zcl_f16_load16(row.residual, args->residual, row.m, k, n);
}

#define LAYER_NORM_F16_H(k, n) layer_norm_f16_h(row, add, (k), (n), &args)
#define LAYER_NORM_F16_D(k, n) zcl_mask16(layer_norm_f16_h(row, add, (k), (n), &args) - mean, (n))
static inline void layer_norm_f16_of(const struct layer_norm_f16_row row, const int add,
                                     global const float* gamma, global const float* beta,
                                     global float* y, global ushort* y16,
                                     const struct layer_norm_f16_args args) {
  const int cols = args.cols;
  const size_t at = (size_t)row.m * cols;
  float sum, squares;
  ZCL_SUM256_PIECES(sum, cols, LAYER_NORM_F16_H, ZCL_ADD_VALUE);
  const float mean = sum / (float)cols;
  ZCL_SUM256_PIECES(squares, cols, LAYER_NORM_F16_D, ZCL_ADD_SQUARE);
  const float rstd = zcl_rsqrt(squares / (float)cols + args.eps);
  for (int k = 0; k < cols; k += 16) {
    const int n = cols - k;
    const float16 d = LAYER_NORM_F16_H(k, n) - mean;
    const float16 v = fma(d * rstd, zcl_load16(gamma + k, n), zcl_load16(beta + k, n));
    if (args.write_y) zcl_store16(ZCL_ELEMENT_F_16(v, at + k), y + at + k, n);
    if (args.write_y16) zcl_f16_store16(v, y16, args.y16, row.m, k, n, n <= 16, at + k);
  }
}
