// One row of the layer_norm family for a warp (NUMERICS.md 3.7, 3.8).
#pragma once

#include "abi/layer_norm.h"
#include "common/row_warp.h"

// Mean and rstd of h, which is held.
static inline __attribute__((always_inline)) float2 layer_norm_warp_statistics(
    const float8* held, const int cols, const float eps, const int pieces) {
  float8 sums = 0.0f, squares = 0.0f;
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i)
    if (i < pieces && row_warp_at(i) < cols) sums = ZCL_ADD_VALUE(sums, held[i]);
  const float mean = row_warp_tree(sums) / (float)cols;
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    if (i >= pieces || row_warp_at(i) >= cols) continue;
    const float8 d = held[i] - mean;
    squares = ZCL_ADD_SQUARE(squares, d);
  }
  return (float2)(mean, zcl_rsqrt(row_warp_tree(squares) / (float)cols + eps));
}

// y of eight elements of h from k on; statistics as above.
static inline float8 layer_norm_warp_y(const float8 h, const float2 statistics,
                                       global const float* gamma, global const float* beta,
                                       const int k) {
  return fma((h - statistics.x) * statistics.y, row_warp_load(gamma + k), row_warp_load(beta + k));
}

// Row m: `held` = y, which goes to its output where it is wanted, as h does. `add`: h = x +
// residual, else h = x; `is_output`: y is the main output, not codes. Each lane has read all of its
// elements before it stores any, and stores only these, so outputs may lie where inputs do.
static inline __attribute__((always_inline)) void layer_norm_warp_row(
    float8* held, const int m, const int add, const int is_output, const int pieces,
    global const float* x, global const float* residual, global const float* gamma,
    global const float* beta, global float* sum, global float* y,
    const struct layer_norm_args args) {
  const int cols = args.cols;
  const size_t at = (size_t)m * cols;
  row_warp_read(held, x + at, cols, pieces);
  if (add) {
#pragma unroll
    for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i)
      if (i < pieces && row_warp_at(i) < cols)
        held[i] = held[i] + row_warp_load(residual + at + row_warp_at(i));
  }
  if (add && args.write_sum) {
#pragma unroll
    for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i)
      if (i < pieces && row_warp_at(i) < cols) row_warp_store(held[i], sum + at + row_warp_at(i));
  }
  const float2 statistics = layer_norm_warp_statistics(held, cols, args.eps, pieces);
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    const int k = row_warp_at(i);
    if (i >= pieces || k >= cols) continue;
    held[i] = layer_norm_warp_y(held[i], statistics, gamma, beta, k);
    if (args.write_y)
      row_warp_store(is_output ? ZCL_ELEMENT_F_8(held[i], at + k) : held[i], y + at + k);
  }
}
