// Operator: add_layer_norm_quantize (NUMERICS.md 3.8)
// What:     h = x + residual; y = layer_norm(h); codes and scales = quantize_tokens(y)
// Buffers:  x, residual f32 [M, K], gamma, beta f32 [K], sum f32 [M, K] or null, y f32 [M, K] or
// null; sum
//           or y may be x or residual; codes [M, stride] in one of the layouts, scales f32 [M,
//           groups]
// Args:     struct layer_norm_args
// Launch:   work-groups of 128 items, a warp a row; rows (_wide: wider ones) and groups as
//           row_warp.h says
// Variants: NVIDIA's warps; portable add_layer_norm_quantize.group.cl
#include "common/layer_norm_warp.h"

// Row m, `pieces` a constant.
static inline __attribute__((always_inline)) void add_layer_norm_quantize_warp_row(
    const int m, const int pieces, global const float* x, global const float* residual,
    global const float* gamma, global const float* beta, global float* sum, global float* y,
    global char* codes, global float* scales, const struct layer_norm_args args) {
  float8 held[ROW_WARP_WIDE_PIECES];
  layer_norm_warp_row(held, m, 1, 0, pieces, x, residual, gamma, beta, sum, y, args);
  row_warp_quantize(held, m, args.cols, pieces, codes, scales, args.out);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
add_layer_norm_quantize_warp(global const float* x, global const float* residual,
                             global const float* gamma, global const float* beta, global float* sum,
                             global float* y, global char* codes, global float* scales,
                             const struct layer_norm_args args) {
  const int m = row_warp_row();
  if (m < args.rows)
    add_layer_norm_quantize_warp_row(m, ROW_WARP_PIECES, x, residual, gamma, beta, sum, y, codes,
                                     scales, args);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
add_layer_norm_quantize_warp_wide(global const float* x, global const float* residual,
                                  global const float* gamma, global const float* beta,
                                  global float* sum, global float* y, global char* codes,
                                  global float* scales, const struct layer_norm_args args) {
  const int m = row_warp_row();
  if (m < args.rows)
    add_layer_norm_quantize_warp_row(m, ROW_WARP_WIDE_PIECES, x, residual, gamma, beta, sum, y,
                                     codes, scales, args);
}
