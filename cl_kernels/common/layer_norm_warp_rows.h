// Rows of add_layer_norm_quantize side by side in a warp (NUMERICS.md 3.8), for kernels that have
// few warps for norms: what one row waits for, memory and shuffles, hides behind the others.
// `count` rows of `pieces` pieces, constants both, in held[count * pieces] as row_warp.h lays one
// out; a scale a row, codes in CODES_TILES. Zeros stand past a row's end.
#pragma once

#include "common/row_warp.h"

// Which rows: m, m + step, ... below `end`. In place of others the first is read, and they leave
// nothing. `at`: where the lane's part of piece 0 begins, 8 * row_warp_lane().
struct layer_norm_warp_rows {
  int m, step, end, at;
};
static inline bool layer_norm_warp_is_row(const struct layer_norm_warp_rows rows, const int j) {
  return rows.m + j * rows.step < rows.end;
}
static inline size_t layer_norm_warp_row_at(const struct layer_norm_warp_rows rows, const int j,
                                            const int cols) {
  return (size_t)(layer_norm_warp_is_row(rows, j) ? rows.m + j * rows.step
                                                  : min(rows.m, rows.end - 1)) *
         cols;
}

static inline __attribute__((always_inline)) void layer_norm_warp_rows_read(
    float8* held, const struct layer_norm_warp_rows rows, global const float* from, const int cols,
    const int count, const int pieces) {
#pragma unroll
  for (int j = 0; j < count; ++j) {
    global const float* const row = from + layer_norm_warp_row_at(rows, j, cols);
#pragma unroll
    for (int i = 0; i < pieces; ++i)  // no branches: all loads are under way together
      held[j * pieces + i] = row_warp_load(row + min((rows.at + SUM_LANES * i), cols - 8));
  }
}

// The trees of sum256 over the lanes' sums; all lanes get them.
static inline __attribute__((always_inline)) void layer_norm_warp_rows_join(float* sums,
                                                                            const int count) {
#pragma unroll
  for (int mask = 1; mask < 32; mask *= 2) {
#pragma unroll
    for (int j = 0; j < count; ++j) sums[j] = sums[j] + nvidia_shuffle_xor(sums[j], mask);
  }
}

// held = h = held + x. The sum is the same in either order.
static inline __attribute__((always_inline)) void layer_norm_warp_rows_add(
    float8* held, const struct layer_norm_warp_rows rows, global const float* x, const int cols,
    const int count, const int pieces) {
#pragma unroll
  for (int j = 0; j < count; ++j) {
    global const float* const row = x + layer_norm_warp_row_at(rows, j, cols);
#pragma unroll
    for (int i = 0; i < pieces; ++i) {
      const float8 h =
          held[j * pieces + i] + row_warp_load(row + min((rows.at + SUM_LANES * i), cols - 8));
      held[j * pieces + i] = (rows.at + SUM_LANES * i) < cols ? h : (float8)(0.0f);
    }
  }
}

static inline __attribute__((always_inline)) void layer_norm_warp_rows_write(
    const float8* held, const struct layer_norm_warp_rows rows, global float* to, const int cols,
    const int count, const int pieces) {
#pragma unroll
  for (int j = 0; j < count; ++j) {
    if (!layer_norm_warp_is_row(rows, j)) continue;
    global float* const row = to + layer_norm_warp_row_at(rows, j, cols);
#pragma unroll
    for (int i = 0; i < pieces; ++i)
      if ((rows.at + SUM_LANES * i) < cols)
        row_warp_store(held[j * pieces + i], row + (rows.at + SUM_LANES * i));
  }
}

// held = layer_norm(held).
static inline __attribute__((always_inline)) void layer_norm_warp_rows_norm(
    float8* held, const struct layer_norm_warp_rows rows, global const float* gamma,
    global const float* beta, const int cols, const float eps, const int count, const int pieces) {
  float sums[4];  // count at most
#pragma unroll
  for (int j = 0; j < count; ++j) {
    float8 lanes = 0.0f;
#pragma unroll
    for (int i = 0; i < pieces; ++i) lanes = ZCL_ADD_VALUE(lanes, held[j * pieces + i]);
    sums[j] = zcl_tree_8(lanes);
  }
  layer_norm_warp_rows_join(sums, count);
#pragma unroll
  for (int j = 0; j < count; ++j) {
    const float mean = sums[j] / (float)cols;
    float8 squares = 0.0f;
#pragma unroll
    for (int i = 0; i < pieces; ++i) {
      const float8 d = held[j * pieces + i] - mean;
      held[j * pieces + i] = (rows.at + SUM_LANES * i) < cols ? d : (float8)(0.0f);
      squares = ZCL_ADD_SQUARE(squares, held[j * pieces + i]);
    }
    sums[j] = zcl_tree_8(squares);
  }
  layer_norm_warp_rows_join(sums, count);
#pragma unroll
  for (int j = 0; j < count; ++j) sums[j] = zcl_rsqrt(sums[j] / (float)cols + eps);
#pragma unroll
  for (int i = 0; i < pieces; ++i) {
    const int k = min((rows.at + SUM_LANES * i), cols - 8);
    const float8 g = row_warp_load(gamma + k), b = row_warp_load(beta + k);
#pragma unroll
    for (int j = 0; j < count; ++j) {
      const float8 y = fma(held[j * pieces + i] * sums[j], g, b);
      held[j * pieces + i] = (rows.at + SUM_LANES * i) < cols ? y : (float8)(0.0f);
    }
  }
}

static inline __attribute__((always_inline)) void layer_norm_warp_rows_quantize(
    const float8* held, const struct layer_norm_warp_rows rows, const int cols, global char* codes,
    global float* scales, const int stride, const int count, const int pieces) {
  uint largest[4];  // count at most
#pragma unroll
  for (int j = 0; j < count; ++j) {
    uint8 top = 0;
#pragma unroll
    for (int i = 0; i < pieces; ++i) top = max(top, zcl_abs_bits_8(held[j * pieces + i]));
    largest[j] = nvidia_warp_max(zcl_max_8(top));
  }
  const struct quantize_output out = {cols, 1, stride, CODES_TILES};
#pragma unroll
  for (int j = 0; j < count; ++j) {
    if (!layer_norm_warp_is_row(rows, j)) continue;
    const int m = rows.m + j * rows.step;
    float r, scale;
    zcl_quant_scale(largest[j], &r, &scale);
    if (rows.at == 0) scales[m] = scale;
#pragma unroll
    for (int i = 0; i < pieces; ++i) {
      const int k = (rows.at + SUM_LANES * i);
      const int8 q = zcl_quant_code_8(held[j * pieces + i], r);
      if (k < stride)
        row_warp_store_codes(ZCL_ELEMENT_I_8(q, (size_t)m * cols + k), codes, m, k, out);
    }
  }
}
