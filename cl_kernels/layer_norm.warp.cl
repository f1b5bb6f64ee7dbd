// Operator: layer_norm (NUMERICS.md 3.7)
// What:     (x - mean) * rstd * gamma + beta, row by row
// Buffers:  x f32 [M, K], gamma f32 [K], beta f32 [K], y f32 [M, K]; y may be x
// Args:     struct layer_norm_args
// Launch:   work-groups of 128 items, a warp a row; rows (_wide: wider ones) and groups as
//           row_warp.h says
// Variants: NVIDIA's warps; portable layer_norm.group.cl
#include "common/layer_norm_warp.h"

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void layer_norm_warp(
    global const float* x, global const float* gamma, global const float* beta, global float* y,
    const struct layer_norm_args args) {
  const int m = row_warp_row();
  float8 held[ROW_WARP_WIDE_PIECES];
  if (m < args.rows)
    layer_norm_warp_row(held, m, 0, 1, ROW_WARP_PIECES, x, x, gamma, beta, y, y, args);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void layer_norm_warp_wide(
    global const float* x, global const float* gamma, global const float* beta, global float* y,
    const struct layer_norm_args args) {
  const int m = row_warp_row();
  float8 held[ROW_WARP_WIDE_PIECES];
  if (m < args.rows)
    layer_norm_warp_row(held, m, 0, 1, ROW_WARP_WIDE_PIECES, x, x, gamma, beta, y, y, args);
}
