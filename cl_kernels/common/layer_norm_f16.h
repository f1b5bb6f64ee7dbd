// One row of the norms of f16 for a single work-item (NUMERICS.md 3.20, 3.29).
#pragma once

#include "abi/layer_norm_f16.h"
#include "common/elementary.h"
#include "common/f16.h"
#include "common/moments.h"
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

// Sums of a block that a work-item holds in four pieces of 16.
#define ZCL_FOURTHS(v, first) (float16)(v[0].first, v[1].first, v[2].first, v[3].first)
static inline float zcl_block_sum(private const float16* v) {
  return zcl_join_fours(ZCL_FOUR(ZCL_FOURTHS(v, s048c), ZCL_FOURTHS(v, s159d),
                                 ZCL_FOURTHS(v, s26ae), ZCL_FOURTHS(v, s37bf)));
}
// Of the distances from `mean` of its first `count` elements.
static inline float zcl_block_squares(private const float16* v, const float mean, const int count) {
  float16 d[MOMENTS_BLOCK / 16];
#pragma unroll
  for (int i = 0; i < MOMENTS_BLOCK / 16; ++i) d[i] = zcl_mask16(v[i] - mean, count - 16 * i);
  return zcl_join_fours(ZCL_FOUR_SQUARES(ZCL_FOURTHS(d, s048c), ZCL_FOURTHS(d, s159d),
                                         ZCL_FOURTHS(d, s26ae), ZCL_FOURTHS(d, s37bf)));
}

// Block b of h in four pieces, zeros past the row's end.
ZCL_INLINE void layer_norm_f16_block(const struct layer_norm_f16_row row, private const float* held,
                                     const int b, private float16* pieces) {
#pragma unroll
  for (int i = 0; i < MOMENTS_BLOCK / 16; ++i) {
    const int k = MOMENTS_BLOCK * b + 16 * i, n = row.cols - k;
    pieces[i] = n > 0 ? zcl_mask16(layer_norm_f16_h(row, held, k, n), n) : (float16)(0.0f);
  }
}

// Fills `held` and computes mean and rstd.
static inline void layer_norm_f16_statistics(private struct layer_norm_f16_row* result,
                                             private float* held, const float eps) {
  const struct layer_norm_f16_row row = *result;
  const int cols = row.cols, end = min(cols, LAYER_NORM_F16_HELD), blocks = zcl_blocks(cols);
  int k = 0;
  for (; k + 16 <= end; k += 16) layer_norm_f16_hold(layer_norm_f16_computed(row, k, 16), held + k);
  if (k < end) layer_norm_f16_hold(layer_norm_f16_computed(row, k, end - k), held + k);
  float sum = 0.0f, within = 0.0f, between = 0.0f;
  float16 block[MOMENTS_BLOCK / 16];
  for (int i = 0; i < blocks; ++i) {
    const int b = ZCL_ORDER(i, blocks), count = zcl_block_count(b, cols);
    layer_norm_f16_block(row, held, b, block);
    const float block_sum = zcl_block_sum(block);
    sum = sum + block_sum;
    within = within + zcl_block_squares(block, block_sum * zcl_block_each(b, cols), count);
  }
  const float each = 1.0f / (float)cols, mean = sum * each;
  for (int i = 0; i < blocks; ++i) {
    const int b = ZCL_ORDER(i, blocks), count = zcl_block_count(b, cols);
    layer_norm_f16_block(row, held, b, block);
    between = zcl_between(between, zcl_block_sum(block) * zcl_block_each(b, cols), mean, count);
  }
  result->mean = mean;
  result->rstd = zcl_rsqrt((within + between) * each + eps);
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
