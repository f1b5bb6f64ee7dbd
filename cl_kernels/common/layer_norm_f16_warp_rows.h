// Rows of add_layer_norm_f16_quantize side by side in a warp (NUMERICS.md 3.29), for kernels that
// have few warps for norms: what one row waits for, memory and shuffles, hides behind the others,
// and what there is once a row is computed once for all, each by lanes of its own. Each lies in
// registers as row_warp.h has it, with anything past its end; one scale a row, codes in
// CODES_TILES.
#pragma once

#include "abi/layer_norm_f16_quantize.h"
#include "common/layer_norm_f16_warp.h"
#include "common/nvidia_wgmma.h"  // wgmma_here, early loads

#define LAYER_NORM_WARP_ROWS 2    // side by side at most
#define LAYER_NORM_WARP_PIECES 4  // of SUM_LANES elements at most
#define LAYER_NORM_WARP_HELD (LAYER_NORM_WARP_ROWS * LAYER_NORM_WARP_PIECES)

struct layer_norm_f16_warp_rows {
  int count, pieces;  // constants: rows side by side, and pieces of each
  bool whole;         // a constant: the pieces have no elements past the row's end, and `cols` is
                      // a constant, too
  int m, step, end;   // which: m, which is there, and m + step; in place of one from `end` on row
                      // m is read, and it leaves nothing
  int cols;           // a multiple of 8
  int at;             // where the lane's part of piece 0 begins
};

// The same rows; what follows from where the lane is, addresses above all, is computed anew, since
// registers are short.
static inline struct layer_norm_f16_warp_rows layer_norm_f16_warp_here(
    struct layer_norm_f16_warp_rows rows) {
  rows.at = wgmma_here(rows.at);
  if (!rows.whole) rows.cols = wgmma_here(rows.cols);
  return rows;
}

static inline bool layer_norm_f16_warp_is_row(const struct layer_norm_f16_warp_rows rows,
                                              const int j) {
  return j == 0 || rows.m + j * rows.step < rows.end;
}
// Where row j begins.
static inline size_t layer_norm_f16_warp_rows_begin(const struct layer_norm_f16_warp_rows rows,
                                                    const int j) {
  const int m = layer_norm_f16_warp_is_row(rows, j) ? rows.m + j * rows.step : rows.m;
  return (size_t)min(m, rows.end - 1) * rows.cols;
}
static inline bool layer_norm_f16_warp_in(const struct layer_norm_f16_warp_rows rows, const int i) {
  return rows.whole || rows.at + SUM_LANES * i < rows.cols;
}
// Where the lane's part of piece i lies; some other piece's where there is none: without a branch
// all loads of all rows are under way together.
static inline int layer_norm_f16_warp_at(const struct layer_norm_f16_warp_rows rows, const int i) {
  const int at = rows.at + SUM_LANES * i;
  return rows.whole ? at : min(at, rows.cols - 8);
}

// The rows' halves, as they are: so they take half of the registers while they are under way.
static inline __attribute__((always_inline)) void layer_norm_f16_warp_rows_read(
    int4* words, const struct layer_norm_f16_warp_rows rows, global const ushort* from) {
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count) continue;
    global const ushort* const row = from + layer_norm_f16_warp_rows_begin(rows, j);
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i)
      if (i < rows.pieces)
        words[LAYER_NORM_WARP_PIECES * j + i] =
            nvidia_load_four_early((global const int4*)(row + layer_norm_f16_warp_at(rows, i)));
  }
}

// h = product + residual.
static inline __attribute__((always_inline)) void layer_norm_f16_warp_rows_add(
    float8* held, const struct layer_norm_f16_warp_rows rows, const int4* product,
    const int4* residual) {
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
      if (j >= rows.count || i >= rows.pieces) continue;
      const int at = LAYER_NORM_WARP_PIECES * j + i;
      const float8 h = layer_norm_f16_warp_floats(as_uint4(product[at])) +
                       layer_norm_f16_warp_floats(as_uint4(residual[at]));
      held[at] = h;
    }
  }
}

// Of two rows odd lanes have the numbers of the second, even lanes those of the first.
static inline float layer_norm_f16_warp_mine(const float* of_rows, const int count) {
  // Values first: of array elements compilers choose addresses, which puts the array into memory.
  const float first = of_rows[0], second = count > 1 ? of_rows[1] : first;
  return get_local_id(0) % 2 != 0 ? second : first;
}
// And all lanes get both.
static inline __attribute__((always_inline)) void layer_norm_f16_warp_share(float* of_rows,
                                                                            const float mine,
                                                                            const int count) {
  of_rows[0] = count == 1 ? mine : nvidia_quad_shuffle(mine, 0);
  if (count > 1) of_rows[1] = nvidia_quad_shuffle(mine, 1);
}

// sum256 of each row (`square`: with fma: v, v), to the lanes that have the row's numbers: when
// lanes join in pairs, each of two takes over what the other has of its row.
static inline __attribute__((always_inline)) float layer_norm_f16_warp_rows_sum(
    const float8* held, const struct layer_norm_f16_warp_rows rows, const bool square) {
  float sums[LAYER_NORM_WARP_ROWS];
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    float8 lanes = 0.0f;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
      if (j >= rows.count || i >= rows.pieces) continue;
      const float8 v = held[LAYER_NORM_WARP_PIECES * j + i];
      const float8 more = square ? ZCL_ADD_SQUARE(lanes, v) : ZCL_ADD_VALUE(lanes, v);
      lanes = layer_norm_f16_warp_in(rows, i) ? more : lanes;
    }
    sums[j] = zcl_tree_8(lanes);
  }
  const float own = layer_norm_f16_warp_mine(sums, rows.count);
  const float of_other = get_local_id(0) % 2 != 0 || rows.count == 1 ? sums[0] : sums[1];
  float mine = own + nvidia_shuffle_xor(of_other, 1);
#pragma unroll
  for (int mask = 2; mask < 32; mask *= 2) mine = mine + nvidia_shuffle_xor(mine, mask);
  return mine;
}

// layer_norm of what is held, in its place.
static inline __attribute__((always_inline)) void layer_norm_f16_warp_rows_norm(
    float8* held, const struct layer_norm_f16_warp_rows rows, local const float* gamma,
    local const float* beta, const float eps) {
  float of_rows[LAYER_NORM_WARP_ROWS];
  const float mean = layer_norm_f16_warp_rows_sum(held, rows, false) / (float)rows.cols;
  layer_norm_f16_warp_share(of_rows, mean, rows.count);
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
      if (j >= rows.count || i >= rows.pieces) continue;
      const float8 d = held[LAYER_NORM_WARP_PIECES * j + i] - of_rows[j];
      held[LAYER_NORM_WARP_PIECES * j + i] = d;
    }
  }
  const float variance = layer_norm_f16_warp_rows_sum(held, rows, true) / (float)rows.cols;
  layer_norm_f16_warp_share(of_rows, zcl_rsqrt(variance + eps), rows.count);
#pragma unroll
  for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
    if (i >= rows.pieces) continue;
    const int k = layer_norm_f16_warp_at(rows, i);
    const float8 g =
        (float8)(*(local const float4*)(gamma + k), *(local const float4*)(gamma + k + 4));
    const float8 b =
        (float8)(*(local const float4*)(beta + k), *(local const float4*)(beta + k + 4));
#pragma unroll
    for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
      if (j >= rows.count) continue;
      const float8 v = fma(held[LAYER_NORM_WARP_PIECES * j + i] * of_rows[j], g, b);
      held[LAYER_NORM_WARP_PIECES * j + i] = v;
    }
  }
}

// As halves.
static inline __attribute__((always_inline)) void layer_norm_f16_warp_rows_write(
    const float8* held, const struct layer_norm_f16_warp_rows rows, global ushort* to) {
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count || !layer_norm_f16_warp_is_row(rows, j)) continue;
    global ushort* const row = to + layer_norm_f16_warp_rows_begin(rows, j) + rows.at;
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
      if (i >= rows.pieces || !layer_norm_f16_warp_in(rows, i)) continue;
      *(global uint4*)(row + SUM_LANES * i) =
          layer_norm_f16_warp_halves(held[LAYER_NORM_WARP_PIECES * j + i]);
    }
  }
}

// The largest magnitude of a row, as bits; NaN is larger than all.
static inline __attribute__((always_inline)) uint layer_norm_f16_warp_largest(
    const float8* row, const struct layer_norm_f16_warp_rows rows) {
  float4 top = 0.0f;
#pragma unroll
  for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
    if (i >= rows.pieces || !layer_norm_f16_warp_in(rows, i)) continue;
    top.x = nvidia_max_magnitude(nvidia_max_magnitude(top.x, row[i].s0), row[i].s4);
    top.y = nvidia_max_magnitude(nvidia_max_magnitude(top.y, row[i].s1), row[i].s5);
    top.z = nvidia_max_magnitude(nvidia_max_magnitude(top.z, row[i].s2), row[i].s6);
    top.w = nvidia_max_magnitude(nvidia_max_magnitude(top.w, row[i].s3), row[i].s7);
  }
  return nvidia_warp_max(as_uint(nvidia_max_magnitude(nvidia_max_magnitude(top.x, top.y),
                                                      nvidia_max_magnitude(top.z, top.w))));
}

// The codes of four values, in a word; r is not 0, or they are nothing.
static inline uint layer_norm_f16_warp_codes(const float4 v, const float r) {
  return nvidia_low_bytes(ZCL_CODE_BITS(v.x, r), ZCL_CODE_BITS(v.y, r), ZCL_CODE_BITS(v.z, r),
                          ZCL_CODE_BITS(v.w, r));
}
static inline __attribute__((always_inline)) void layer_norm_f16_warp_rows_quantize(
    const float8* held, const struct layer_norm_f16_warp_rows rows, global char* codes,
    global float* scales, const int stride) {
  float of_rows[LAYER_NORM_WARP_ROWS], r, scale;
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j)
    if (j < rows.count)
      of_rows[j] = as_float(layer_norm_f16_warp_largest(held + LAYER_NORM_WARP_PIECES * j, rows));
  zcl_quant_scale(as_uint(layer_norm_f16_warp_mine(of_rows, rows.count)), &r, &scale);
  layer_norm_f16_warp_share(of_rows, r, rows.count);
  const int lane = rows.at / 8;
  if (lane < rows.count && layer_norm_f16_warp_is_row(rows, lane))
    scales[rows.m + lane * rows.step] = scale;
#pragma unroll
  for (int j = 0; j < LAYER_NORM_WARP_ROWS; ++j) {
    if (j >= rows.count || !layer_norm_f16_warp_is_row(rows, j)) continue;
    const int m = wgmma_here(rows.m + j * rows.step);
    global char* const row = codes + CODES_TILES_INDEX(m, rows.at, stride);
#pragma unroll
    for (int i = 0; i < LAYER_NORM_WARP_PIECES; ++i) {
      const int k = rows.at + SUM_LANES * i;
      if (i >= rows.pieces || (!rows.whole && k >= stride)) continue;
      const float8 v = held[LAYER_NORM_WARP_PIECES * j + i];
      const uint first =
          ZCL_ELEMENT_I(layer_norm_f16_warp_codes(v.lo, of_rows[j]), (size_t)m * rows.cols + k);
      const uint2 eight = (uint2)(first, layer_norm_f16_warp_codes(v.hi, of_rows[j]));
      const bool none = of_rows[j] == 0.0f || !layer_norm_f16_warp_in(rows, i);
      *(global uint2*)(row + i * (SUM_LANES / CODES_TILE * CODES_TILE * CODES_TILE)) =
          none ? (uint2)(0) : eight;
    }
  }
}
