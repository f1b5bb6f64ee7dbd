// Rows of add_layer_norm_quantize side by side in a warp (NUMERICS.md 3.8), for kernels that have
// few warps for norms: what one row waits for, memory and shuffles, hides behind the other. Each
// lies in registers as row_warp.h has it, with zeros past its end; one scale a row, codes in
// CODES_TILES.
#pragma once

#include "common/nvidia_wgmma.h"  // wgmma_here
#include "common/row_warp.h"

#define LAYER_NORM_WARP_ROWS 2    // side by side at most
#define LAYER_NORM_WARP_PIECES 4  // of SUM_LANES elements at most
#define LAYER_NORM_WARP_HELD (LAYER_NORM_WARP_ROWS * LAYER_NORM_WARP_PIECES)

struct layer_norm_warp_rows {
  int count, pieces;  // constants: rows side by side, and pieces of each
  int m, step, end;   // which: m, m + step, below `end`; in place of others one that is there is
                      // read, and they leave nothing
  int cols;           // a multiple of 8
  int at;             // where the lane's part of piece 0 begins
};

// The same rows; what follows from where the lane is, addresses above all, is computed anew, since
// registers are short.
static inline struct layer_norm_warp_rows layer_norm_warp_here(struct layer_norm_warp_rows rows) {
  rows.at = wgmma_here(rows.at);
  rows.cols = wgmma_here(rows.cols);
  return rows;
}

static inline bool layer_norm_warp_is_row(const struct layer_norm_warp_rows rows, const int j) {
  return rows.m + j * rows.step < rows.end;
}
// Where row j begins.
static inline size_t layer_norm_warp_rows_begin(const struct layer_norm_warp_rows rows,
                                                const int j) {
  const int m =
      layer_norm_warp_is_row(rows, j) ? rows.m + j * rows.step : min(rows.m, rows.end - 1);
  return (size_t)m * rows.cols;
}
static inline bool layer_norm_warp_in(const struct layer_norm_warp_rows rows, const int i) {
  return rows.at + SUM_LANES * i < rows.cols;
}
// Piece i of a row, some other piece where there is none: without a branch all loads of all rows
// are under way together.
static inline float8 layer_norm_warp_load(const struct layer_norm_warp_rows rows,
                                          global const float* row, const int i) {
  return row_warp_load(row + min(rows.at + SUM_LANES * i, rows.cols - 8));
}

static inline __attribute__((always_inline)) void layer_norm_warp_rows_read(
    float8* held, const struct layer_norm_warp_rows rows, global const float* from) {
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count) continue;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i)
      if (i < rows.pieces)
        held[LAYER_NORM_WARP_PIECES * j + i] =
            layer_norm_warp_load(rows, from + layer_norm_warp_rows_begin(rows, j), i);
  }
}

// h = x + residual, which is held. The sum is the same in either order.
static inline __attribute__((always_inline)) void layer_norm_warp_rows_add(
    float8* held, const struct layer_norm_warp_rows rows, global const float* x) {
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count) continue;
    float8* const row = held + LAYER_NORM_WARP_PIECES * j;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
      if (i >= rows.pieces) continue;
      const float8 h =
          row[i] + layer_norm_warp_load(rows, x + layer_norm_warp_rows_begin(rows, j), i);
      row[i] = layer_norm_warp_in(rows, i) ? h : (float8)(0.0f);
    }
  }
}

static inline __attribute__((always_inline)) void layer_norm_warp_rows_write(
    const float8* held, const struct layer_norm_warp_rows rows, global float* to) {
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count || !layer_norm_warp_is_row(rows, j)) continue;
    global float* const row = to + layer_norm_warp_rows_begin(rows, j) + rows.at;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i)
      if (i < rows.pieces && layer_norm_warp_in(rows, i))
        row_warp_store(held[LAYER_NORM_WARP_PIECES * j + i], row + SUM_LANES * i);
  }
}

// sum256 of each row (`square`: with fma: v, v), to all lanes.
static inline __attribute__((always_inline)) void layer_norm_warp_rows_sum(
    const float8* held, const struct layer_norm_warp_rows rows, const bool square, float* sums) {
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    float8 lanes = 0.0f;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
      if (j >= rows.count || i >= rows.pieces) continue;
      const float8 v = held[LAYER_NORM_WARP_PIECES * j + i];
      lanes = square ? ZCL_ADD_SQUARE(lanes, v) : ZCL_ADD_VALUE(lanes, v);
    }
    sums[j] = zcl_tree_8(lanes);
  }
#pragma unroll
  for (int mask = 1; mask < 32; mask *= 2) {
#pragma unroll
    for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j)
      if (j < rows.count) sums[j] = sums[j] + nvidia_shuffle_xor(sums[j], mask);
  }
}

// layer_norm of what is held, in its place.
static inline __attribute__((always_inline)) void layer_norm_warp_rows_norm(
    float8* held, const struct layer_norm_warp_rows rows, global const float* gamma,
    global const float* beta, const float eps) {
  float sums[LAYER_NORM_WARP_ROWS];
  layer_norm_warp_rows_sum(held, rows, false, sums);
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count) continue;
    const float mean = sums[j] / (float)rows.cols;
    float8* const row = held + LAYER_NORM_WARP_PIECES * j;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i)
      if (i < rows.pieces) row[i] = layer_norm_warp_in(rows, i) ? row[i] - mean : (float8)(0.0f);
  }
  layer_norm_warp_rows_sum(held, rows, true, sums);
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j)
    if (j < rows.count) sums[j] = zcl_rsqrt(sums[j] / (float)rows.cols + eps);
#pragma unroll
  for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
    if (i >= rows.pieces) continue;
    const float8 g = layer_norm_warp_load(rows, gamma, i), b = layer_norm_warp_load(rows, beta, i);
#pragma unroll
    for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
      if (j >= rows.count) continue;
      const float8 y = fma(held[LAYER_NORM_WARP_PIECES * j + i] * sums[j], g, b);
      held[LAYER_NORM_WARP_PIECES * j + i] = layer_norm_warp_in(rows, i) ? y : (float8)(0.0f);
    }
  }
}

static inline __attribute__((always_inline)) void layer_norm_warp_rows_quantize(
    const float8* held, const struct layer_norm_warp_rows rows, global char* codes,
    global float* scales, const struct quantize_output out) {
  uint largest[LAYER_NORM_WARP_ROWS];
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count) continue;
    uint8 top = 0;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i)
      if (i < rows.pieces) top = max(top, zcl_abs_bits_8(held[LAYER_NORM_WARP_PIECES * j + i]));
    largest[j] = nvidia_warp_max(zcl_max_8(top));
  }
  const struct quantize_output tiles = {out.group, 1, out.stride, CODES_TILES};
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count || !layer_norm_warp_is_row(rows, j)) continue;
    const int m = wgmma_here(rows.m + j * rows.step);
    float r, scale;
    zcl_quant_scale(largest[j], &r, &scale);
    if (rows.at == 0) scales[m] = scale;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
      if (i >= rows.pieces) continue;
      const int k = rows.at + SUM_LANES * i;
      const int8 q = zcl_quant_code_8(held[LAYER_NORM_WARP_PIECES * j + i], r);
      if (k < tiles.stride)
        row_warp_store_codes(ZCL_ELEMENT_I_8(q, (size_t)m * rows.cols + k), codes, m, k, tiles);
    }
  }
}
