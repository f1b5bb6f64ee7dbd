// One row of the norms of f16 for a single work-item (NUMERICS.md 3.20, 3.29).
#pragma once

#include "abi/layer_norm_f16.h"
#include "common/elementary.h"
#include "common/f16.h"
#include "common/row16.h"

// What h is.
#define LAYER_NORM_F16_PLAIN 0    // x, f32
#define LAYER_NORM_F16_ADD 1      // x + residual, both f16
#define LAYER_NORM_F16_ADD_F32 2  // f16(x) + residual, x f32
// The first elements of h, which conversions make dear, are kept for the passes over the row.
#define LAYER_NORM_F16_HELD 2048

struct layer_norm_f16_row {
  int form, m, cols;
  global const float* x;
  global const ushort* x16;
  global const ushort* residual;
  struct f16_matrix x_shape, residual_shape;
  global const float* gamma;
  global const float* beta;
  float mean;
  float rstd;
};

// 16 elements of h from k on; lanes from n on +0.
ZCL_INLINE float16 layer_norm_f16_computed(const struct layer_norm_f16_row row, const int k,
                                           const int n) {
  if (row.form == LAYER_NORM_F16_ADD)
    return zcl_f16_load16(row.x16, row.x_shape, row.m, k, n) +
           zcl_f16_load16(row.residual, row.residual_shape, row.m, k, n);
  const float16 x = zcl_load16(row.x + (size_t)row.m * row.cols + k, n);
  if (row.form == LAYER_NORM_F16_PLAIN) return x;
  return zcl_f16_float_16(zcl_f16_bits_16(x)) +
         zcl_f16_load16(row.residual, row.residual_shape, row.m, k, n);
}

// 16 elements of what is held: one load and one store (row16.h: struct zcl_float16).
ZCL_INLINE float16 layer_norm_f16_held(private const float* held) {
  return ((private const struct zcl_float16*)held)->v;
}
ZCL_INLINE void layer_norm_f16_hold(const float16 v, private float* held) {
  ((private struct zcl_float16*)held)->v = v;
}

// The same from `held` where it lies there; lanes from n on may then be what follows.
ZCL_INLINE float16 layer_norm_f16_h(const struct layer_norm_f16_row row, private const float* held,
                                    const int k, const int n) {
  return k + 16 <= LAYER_NORM_F16_HELD ? layer_norm_f16_held(held + k)
                                       : layer_norm_f16_computed(row, k, n);
}

// 16 results from k on; lanes past the row's end hold anything.
ZCL_INLINE float16 layer_norm_f16_y(const struct layer_norm_f16_row row, private const float* held,
                                    const int k, const int n) {
  const float16 d = layer_norm_f16_h(row, held, k, n) - row.mean;
  return fma(d * row.rstd, zcl_load16(row.gamma + k, n), zcl_load16(row.beta + k, n));
}

// Fills `held` and computes mean and rstd.
#define LAYER_NORM_F16_H(k, n) layer_norm_f16_h(row, held, (k), (n))
#define LAYER_NORM_F16_D(k, n) zcl_mask16(layer_norm_f16_h(row, held, (k), (n)) - mean, (n))
static inline void layer_norm_f16_statistics(private struct layer_norm_f16_row* result,
                                             private float* held, const float eps) {
  const struct layer_norm_f16_row row = *result;
  const int cols = row.cols, end = min(cols, LAYER_NORM_F16_HELD);
  int k = 0;
  for (; k + 16 <= end; k += 16) layer_norm_f16_hold(layer_norm_f16_computed(row, k, 16), held + k);
  if (k < end) layer_norm_f16_hold(layer_norm_f16_computed(row, k, end - k), held + k);
  float sum, squares;
  ZCL_SUM256_PIECES(sum, cols, LAYER_NORM_F16_H, ZCL_ADD_VALUE);
  const float mean = sum / (float)cols;
  ZCL_SUM256_PIECES(squares, cols, LAYER_NORM_F16_D, ZCL_ADD_SQUARE);
  result->mean = mean;
  result->rstd = zcl_rsqrt(squares / (float)cols + eps);
}

// The forms without codes.
static inline void layer_norm_f16_of(struct layer_norm_f16_row row, global float* y,
                                     global ushort* y16, const struct layer_norm_f16_args args) {
  float held[LAYER_NORM_F16_HELD];
  layer_norm_f16_statistics(&row, held, args.eps);
  const size_t at = (size_t)row.m * row.cols;
  for (int k = 0; k < row.cols; k += 16) {
    const int n = row.cols - k;
    const float16 v = layer_norm_f16_y(row, held, k, n);
    if (args.write_y) zcl_store16(ZCL_ELEMENT_F_16(v, at + k), y + at + k, n);
    if (args.write_y16) zcl_f16_store16(v, y16, args.y16, row.m, k, n, n <= 16, at + k);
  }
}
