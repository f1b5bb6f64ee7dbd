// Operator: add_layer_norm (NUMERICS.md 3.8)
// What:     h = x + residual; y = layer_norm(h)
// Buffers:  x, residual f32 [M, K], gamma, beta f32 [K], sum f32 [M, K] or null, y f32 [M, K]; sum
// or y may be
//           x or residual
// Args:     struct layer_norm_args
// Launch:   work-groups of 128 items, a warp a row; rows (_wide: wider ones) and groups as
//           row_warp.h says
// Variants: NVIDIA's warps; portable add_layer_norm.group.cl
#include "common/layer_norm_warp.h"

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void add_layer_norm_warp(
    global const float* x, global const float* residual, global const float* gamma,
    global const float* beta, global float* sum, global float* y,
    const struct layer_norm_args args) {
  const int m = row_warp_row();
  float8 held[ROW_WARP_WIDE_PIECES];
  if (m < args.rows)
    layer_norm_warp_row(held, m, 1, 1, ROW_WARP_PIECES, x, residual, gamma, beta, sum, y, args);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
add_layer_norm_warp_wide(global const float* x, global const float* residual,
                         global const float* gamma, global const float* beta, global float* sum,
                         global float* y, const struct layer_norm_args args) {
  const int m = row_warp_row();
  float8 held[ROW_WARP_WIDE_PIECES];
  if (m < args.rows)
    layer_norm_warp_row(held, m, 1, 1, ROW_WARP_WIDE_PIECES, x, residual, gamma, beta, sum, y,
                        args);
}
