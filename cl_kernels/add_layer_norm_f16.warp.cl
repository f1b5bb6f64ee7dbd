// Operator: add_layer_norm_f16 (NUMERICS.md 3.20)
// What:     h = f16(x) + residual; y = layer_norm(h), and f16(y)
// Buffers:  x f32 [M, K], or as residual; residual ushort [M, K] in either layout, gamma, beta f32
//           [K], y f32 [M, K] or null, y16 ushort [M, K] in either layout or null
// Args:     struct layer_norm_f16_args
// Launch:   work-groups of 128 items, a warp a row; rows (_wide: wider ones) as row_warp.h says
// Variants: NVIDIA's warps; portable add_layer_norm_f16.group.cl
#include "common/layer_norm_f16_warp.h"

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void add_layer_norm_f16_warp(
    global const void* x, global const ushort* residual, global const float* gamma,
    global const float* beta, global float* y, global ushort* y16,
    const struct layer_norm_f16_args args) {
  const int m = row_warp_row();
  float8 held[ROW_WARP_WIDE_PIECES];
  if (m < args.rows)
    layer_norm_f16_warp_row(held, m, 1, ROW_WARP_PIECES, (global const float*)x,
                            (global const ushort*)x, residual, gamma, beta, y, y16, args);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
add_layer_norm_f16_warp_wide(global const void* x, global const ushort* residual,
                             global const float* gamma, global const float* beta, global float* y,
                             global ushort* y16, const struct layer_norm_f16_args args) {
  const int m = row_warp_row();
  float8 held[ROW_WARP_WIDE_PIECES];
  if (m < args.rows)
    layer_norm_f16_warp_row(held, m, 1, ROW_WARP_WIDE_PIECES, (global const float*)x,
                            (global const ushort*)x, residual, gamma, beta, y, y16, args);
}
