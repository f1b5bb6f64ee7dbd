// Operator: quantize_tokens (NUMERICS.md 3.2)
// What:     each group of a row to codes rint(x * 127 / absmax) and the scale absmax / 127
// Buffers:  x f32 [M, K], codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct quantize_tokens_args
// Launch:   work-groups of 128 items, a warp a row; rows and groups as row_warp.h says
// Variants: NVIDIA's warps; portable quantize_tokens.group.cl
#include "abi/quantize_tokens.h"
#include "common/row_warp.h"

// Row m. Also a step of persistent.wgmma.cl.
static inline __attribute__((always_inline)) void quantize_tokens_warp_run(
    const int m, global const float* x, global char* codes, global float* scales,
    const struct quantize_tokens_args args) {
  global const float* row = x + (size_t)m * args.cols;
  float8 held[ROW_WARP_ALL];
  if (args.cols <= ROW_WARP_HALF * SUM_LANES && args.out.stride <= ROW_WARP_HALF * SUM_LANES) {
    row_warp_read(held, row, args.cols, ROW_WARP_HALF);
    row_warp_quantize(held, m, args.cols, ROW_WARP_HALF, codes, scales, args.out);
  } else {
    row_warp_read(held, row, args.cols, ROW_WARP_ALL);
    row_warp_quantize(held, m, args.cols, ROW_WARP_ALL, codes, scales, args.out);
  }
}

kernel __attribute__((reqd_work_group_size(32 * ROW_WARP_ROWS, 1, 1))) void quantize_tokens_warp(
    global const float* x, global char* codes, global float* scales,
    const struct quantize_tokens_args args) {
  const int m = row_warp_row();
  if (m < args.rows) quantize_tokens_warp_run(m, x, codes, scales, args);
}
