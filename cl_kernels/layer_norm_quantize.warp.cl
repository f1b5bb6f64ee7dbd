// Operator: layer_norm_quantize (NUMERICS.md 3.8)
// What:     y = layer_norm(x); codes and scales = quantize_tokens(y)
// Buffers:  x f32 [M, K], gamma, beta f32 [K], y f32 [M, K] or null, may be x; codes [M, stride] in
// one of
//           the layouts, scales f32 [M, groups]
// Args:     struct layer_norm_args
// Launch:   work-groups of 128 items, a warp a row; rows (_wide: wider ones) and groups as
//           row_warp.h says
// Variants: NVIDIA's warps; portable layer_norm_quantize.group.cl
#include "common/layer_norm_warp.h"

// Row m, `pieces` a constant.
static inline __attribute__((always_inline)) void layer_norm_quantize_warp_row(
    const int m, const int pieces, global const float* x, global const float* gamma,
    global const float* beta, global float* y, global char* codes, global float* scales,
    const struct layer_norm_args args) {
  float8 held[ROW_WARP_WIDE_PIECES];
  layer_norm_warp_row(held, m, 0, 0, pieces, x, x, gamma, beta, y, y, args);
  row_warp_quantize(held, m, args.cols, pieces, codes, scales, args.out);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
layer_norm_quantize_warp(global const float* x, global const float* gamma, global const float* beta,
                         global float* y, global char* codes, global float* scales,
                         const struct layer_norm_args args) {
  const int m = row_warp_row();
  if (m < args.rows)
    layer_norm_quantize_warp_row(m, ROW_WARP_PIECES, x, gamma, beta, y, codes, scales, args);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
layer_norm_quantize_warp_wide(global const float* x, global const float* gamma,
                              global const float* beta, global float* y, global char* codes,
                              global float* scales, const struct layer_norm_args args) {
  const int m = row_warp_row();
  if (m < args.rows)
    layer_norm_quantize_warp_row(m, ROW_WARP_WIDE_PIECES, x, gamma, beta, y, codes, scales, args);
}
