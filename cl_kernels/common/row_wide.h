// A row and the 256 items of a work-group on NVIDIA, for few rows: a row is one load deep and takes
// eight times fewer instructions of each warp than in row_warp.h, which needs no barrier and is
// better where warps have rows enough. Item i holds elements i, i + 256, ...: lane i of sum256.
// Rows of at most ROW_WARP_LIMIT elements, one scale a row.
#pragma once

#include "common/codes.h"
#include "common/elementary.h"
#include "common/nvidia_f16.h"
#include "common/nvidia_mma.h"  // shuffles
#include "common/sum_tree.h"

#define ROW_WIDE_ITEMS 256
#define ROW_WIDE_ALL 8  // pieces of 256 elements: rows of up to 2048
#define ROW_WIDE_HALF 4
// Local memory where warps meet: a word of each for a mean, a variance, and the largest magnitudes
// of two rows in turn. What is written again has been read before the barrier of another.
#define ROW_WIDE_WARPS (ROW_WIDE_ITEMS / 32)
#define ROW_WIDE_SHARED (4 * ROW_WIDE_WARPS)

static inline int row_wide_at(const int i) {
  return ROW_WIDE_ITEMS * i + (int)get_local_id(0);
}

// The row's elements, zeros past its end.
static inline __attribute__((always_inline)) void row_wide_read(float* held,
                                                                global const float* row,
                                                                const int cols, const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces) held[i] = row_wide_at(i) < cols ? row[row_wide_at(i)] : 0.0f;
}
static inline __attribute__((always_inline)) void row_wide_write(const float* held,
                                                                 global float* row, const int cols,
                                                                 const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces && row_wide_at(i) < cols) row[row_wide_at(i)] = held[i];
}

// The same of f16, which becomes floats later: no load is waited for here.
static inline __attribute__((always_inline)) void row_wide_read_f16(uint* held,
                                                                    global const ushort* row,
                                                                    const int cols,
                                                                    const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces) held[i] = row_wide_at(i) < cols ? row[row_wide_at(i)] : 0;
}
static inline __attribute__((always_inline)) void row_wide_write_f16(const float* held,
                                                                     global ushort* row,
                                                                     const int cols,
                                                                     const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces && row_wide_at(i) < cols)
      row[row_wide_at(i)] = (ushort)nvidia_halves(held[i], 0.0f);
}
// f16(v) as a float.
static inline float row_wide_rounded(const float v) {
  return nvidia_floats(nvidia_halves(v, 0.0f)).x;
}

// The tree of sum256 over the items' sums; all get it. `place`: ROW_WIDE_WARPS words.
static inline float row_wide_tree(float sum, local float* place) {
#pragma unroll
  for (int mask = 1; mask < 32; mask *= 2) sum = sum + nvidia_shuffle_xor(sum, mask);
  if ((int)get_local_id(0) % 32 == 0) place[(int)get_local_id(0) / 32] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  return zcl_tree_8((float8)(*(local const float4*)place, *(local const float4*)(place + 4)));
}

// The largest of all items' numbers.
static inline uint row_wide_max(const uint mine, local float* place) {
  const uint largest = nvidia_warp_max(mine);
  if ((int)get_local_id(0) % 32 == 0) place[(int)get_local_id(0) / 32] = as_float(largest);
  barrier(CLK_LOCAL_MEM_FENCE);
  return zcl_max_8((uint8)(*(local const uint4*)place, *(local const uint4*)(place + 4)));
}

// Layer norm of the row that is held, in place of it (NUMERICS.md 3.7).
static inline __attribute__((always_inline)) void row_wide_norm(float* held, const float* gamma,
                                                                const float* beta, const int cols,
                                                                const float eps, const int pieces,
                                                                local float* shared) {
  float sum = 0.0f, squares = 0.0f;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces && row_wide_at(i) < cols) sum = ZCL_ADD_VALUE(sum, held[i]);
  const float mean = row_wide_tree(sum, shared) / (float)cols;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i) {
    if (i >= pieces || row_wide_at(i) >= cols) continue;
    const float d = held[i] - mean;
    squares = ZCL_ADD_SQUARE(squares, d);
  }
  const float variance = row_wide_tree(squares, shared + ROW_WIDE_WARPS) / (float)cols;
  const float rstd = zcl_rsqrt(variance + eps);
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces && row_wide_at(i) < cols)
      held[i] = fma((held[i] - mean) * rstd, gamma[i], beta[i]);
}

// Codes, scale and padding of row m from its values. `turn`: 0 and 1 for rows in turn.
static inline __attribute__((always_inline)) void row_wide_quantize(
    const float* held, const int m, const int turn, const int cols, const int pieces,
    global char* codes, global float* scales, const struct quantize_output out,
    local float* shared) {
  uint largest = 0;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces) largest = max(largest, zcl_abs_bits(held[i]));
  float r, scale;
  zcl_quant_scale(row_wide_max(largest, shared + (2 + turn) * ROW_WIDE_WARPS), &r, &scale);
  if (get_local_id(0) == 0) scales[m] = scale;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i) {
    const int k = row_wide_at(i);
    if (i >= pieces || k >= out.stride) continue;
    const int q = k < cols ? zcl_quant_code(held[i], r) : 0;
    zcl_store_code(ZCL_ELEMENT_I(q, (size_t)m * cols + k), codes, m, k, out.stride, out.layout);
  }
}
