// Operator: layer_norm_f16_quantize (NUMERICS.md 3.29)
// What:     n = layer_norm(x); y = f16(n); codes and scales = quantize_tokens(n)
// Buffers:  x f32 [M, K], gamma, beta f32 [K], y ushort [M, K] or null, codes [M, stride] in one
//           of the layouts, scales f32 [M, groups]
// Args:     struct layer_norm_f16_quantize_args
// Launch:   work-groups of 128 items, a warp a row; rows (_wide: wider ones) and groups as
//           row_warp.h says
// Variants: NVIDIA's warps; portable layer_norm_f16_quantize.group.cl
#include "common/layer_norm_f16_quantize_warp.h"

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
layer_norm_f16_quantize_warp(global const float* x, global const float* gamma,
                             global const float* beta, global ushort* y, global char* codes,
                             global float* scales, const struct layer_norm_f16_quantize_args args) {
  const int m = row_warp_row();
  if (m < args.rows)
    layer_norm_f16_quantize_warp_row(m, 0, ROW_WARP_PIECES, x, 0, gamma, beta, y, codes, scales,
                                     args);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
layer_norm_f16_quantize_warp_wide(global const float* x, global const float* gamma,
                                  global const float* beta, global ushort* y, global char* codes,
                                  global float* scales,
                                  const struct layer_norm_f16_quantize_args args) {
  const int m = row_warp_row();
  if (m < args.rows)
    layer_norm_f16_quantize_warp_row(m, 0, ROW_WARP_WIDE_PIECES, x, 0, gamma, beta, y, codes,
                                     scales, args);
}
