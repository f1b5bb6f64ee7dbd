// Operator: quantize_tokens (NUMERICS.md 3.2)
// What:     each group of a row to codes rint(x * 127 / absmax) and the scale absmax / 127
// Buffers:  x f32 [M, K], codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct quantize_tokens_args
// Launch:   work-groups of 128 items, a warp a row; rows (_wide: wider ones) and groups as
//           row_warp.h says
// Variants: NVIDIA's warps; portable quantize_tokens.group.cl
#include "abi/quantize_tokens.h"
#include "common/row_warp.h"

// Row m, `pieces` a constant.
static inline __attribute__((always_inline)) void quantize_tokens_warp_row(
    const int m, const int pieces, global const float* x, global char* codes, global float* scales,
    const struct quantize_tokens_args args) {
  float8 held[ROW_WARP_WIDE_PIECES];
  row_warp_read(held, x + (size_t)m * args.cols, args.cols, pieces);
  row_warp_quantize(held, m, args.cols, pieces, codes, scales, args.out);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void quantize_tokens_warp(
    global const float* x, global char* codes, global float* scales,
    const struct quantize_tokens_args args) {
  const int m = row_warp_row();
  if (m < args.rows) quantize_tokens_warp_row(m, ROW_WARP_PIECES, x, codes, scales, args);
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void
quantize_tokens_warp_wide(global const float* x, global char* codes, global float* scales,
                          const struct quantize_tokens_args args) {
  const int m = row_warp_row();
  if (m < args.rows) quantize_tokens_warp_row(m, ROW_WARP_WIDE_PIECES, x, codes, scales, args);
}
