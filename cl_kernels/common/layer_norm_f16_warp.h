// One row of the norms of f16 for a warp (NUMERICS.md 3.20, 3.29); rows as row_warp.h has them.
#pragma once

#include "abi/layer_norm_f16.h"
#include "common/layer_norm_warp.h"
#include "common/moments.h"
#include "common/nvidia_f16.h"

static inline float8 layer_norm_f16_warp_floats(const uint4 words) {
  return (float8)(nvidia_floats(words.x), nvidia_floats(words.y), nvidia_floats(words.z),
                  nvidia_floats(words.w));
}
static inline uint4 layer_norm_f16_warp_halves(const float8 v) {
  return (uint4)(nvidia_halves(v.s0, v.s1), nvidia_halves(v.s2, v.s3), nvidia_halves(v.s4, v.s5),
                 nvidia_halves(v.s6, v.s7));
}

// Eight elements that lie on 16 bytes in either layout.
static inline float8 layer_norm_f16_warp_load(global const ushort* x, const struct f16_matrix shape,
                                              const int m, const int k) {
  return layer_norm_f16_warp_floats(
      *(global const uint4*)(x + F16_INDEX(shape.layout, m, k, shape.stride)));
}

// h = f16(x) + residual of row m, x f32, zeros past its end. All loads are under way before the
// first is waited for.
static inline __attribute__((always_inline)) void layer_norm_f16_warp_sum(
    float8* held, const int m, const int pieces, const int cols, global const float* x,
    global const ushort* residual, const struct f16_matrix shape) {
  uint4 added[ROW_WARP_WIDE_PIECES];
  row_warp_read(held, x + (size_t)m * cols, cols, pieces);
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    const int k = row_warp_at(i);
    if (i < pieces && k < cols)
      added[i] = *(global const uint4*)(residual + F16_INDEX(shape.layout, m, k, shape.stride));
  }
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    if (i >= pieces || row_warp_at(i) >= cols) continue;
    const float8 rounded = layer_norm_f16_warp_floats(layer_norm_f16_warp_halves(held[i]));
    held[i] = rounded + layer_norm_f16_warp_floats(added[i]);
  }
}

// The sum of each piece's block of which the lane holds a part (eight lanes do), of the fours of
// its eight elements.
static inline float layer_norm_f16_warp_join(const float low, const float high) {
  // Each of two lanes takes over what the other has of its fours.
  const bool takes_high = get_local_id(0) / 2 % 2 != 0;
  float mine = takes_high ? high : low;
  mine = mine + nvidia_shuffle_xor(takes_high ? low : high, 2);
  mine = mine + nvidia_shuffle_xor(mine, 4);
  mine = mine + nvidia_shuffle_xor(mine, 2);
  return mine + nvidia_shuffle_xor(mine, 1);
}
static inline float layer_norm_f16_warp_sum_of(const float8 v) {
  return layer_norm_f16_warp_join(ZCL_FOUR(v.s0, v.s1, v.s2, v.s3),
                                  ZCL_FOUR(v.s4, v.s5, v.s6, v.s7));
}
static inline float layer_norm_f16_warp_squares_of(const float8 d) {
  return layer_norm_f16_warp_join(ZCL_FOUR_SQUARES(d.s0, d.s1, d.s2, d.s3),
                                  ZCL_FOUR_SQUARES(d.s4, d.s5, d.s6, d.s7));
}
// What the lanes of block j of a piece have.
#define LAYER_NORM_F16_WARP_BLOCKS (SUM_LANES / MOMENTS_BLOCK)  // of a piece
static inline float layer_norm_f16_warp_of(const float v, const int j) {
  return as_float(nvidia_column_shuffle(as_uint(v), 2 * j));
}

// Mean and rstd of h, which is held (moments64, NUMERICS.md 1.12).
static inline __attribute__((always_inline)) float2 layer_norm_f16_warp_statistics(
    const float8* held, const int cols, const float eps, const int pieces) {
  const int all = LAYER_NORM_F16_WARP_BLOCKS * pieces;
  float means[ROW_WARP_WIDE_PIECES], sums[ROW_WARP_WIDE_PIECES], squares[ROW_WARP_WIDE_PIECES];
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    if (i >= pieces) continue;
    const int k = row_warp_at(i);
    const float8 h = k < cols ? held[i] : (float8)(0.0f);
    sums[i] = layer_norm_f16_warp_sum_of(h);
    means[i] = sums[i] * zcl_block_each(k / MOMENTS_BLOCK, cols);
    squares[i] = layer_norm_f16_warp_squares_of(k < cols ? h - means[i] : (float8)(0.0f));
  }
  float sum = 0.0f, within = 0.0f, between = 0.0f;
#pragma unroll
  for (int i = 0; i < LAYER_NORM_F16_WARP_BLOCKS * ROW_WARP_WIDE_PIECES; ++i) {
    if (i >= all) continue;
    const int b = ZCL_ORDER(i, all), piece = b / LAYER_NORM_F16_WARP_BLOCKS;
    sum = sum + layer_norm_f16_warp_of(sums[piece], b % LAYER_NORM_F16_WARP_BLOCKS);
    within = within + layer_norm_f16_warp_of(squares[piece], b % LAYER_NORM_F16_WARP_BLOCKS);
  }
  const float each = 1.0f / (float)cols, mean = sum * each;
#pragma unroll
  for (int i = 0; i < LAYER_NORM_F16_WARP_BLOCKS * ROW_WARP_WIDE_PIECES; ++i) {
    if (i >= all) continue;
    const int b = ZCL_ORDER(i, all), count = zcl_block_count(b, cols);
    const float block_mean = layer_norm_f16_warp_of(means[b / LAYER_NORM_F16_WARP_BLOCKS],
                                                    b % LAYER_NORM_F16_WARP_BLOCKS);
    if (count > 0) between = zcl_between(between, block_mean, mean, count);
  }
  return (float2)(mean, zcl_rsqrt((within + between) * each + eps));
}

// Row m of the forms without codes. `add`: h = x16 + residual, or f16(x) + residual where
// args.x_f32 says so; else h = x; a constant. What the form lacks may be anything.
static inline __attribute__((always_inline)) void layer_norm_f16_warp_row(
    float8* held, const int m, const int add, const int pieces, global const float* x,
    global const ushort* x16, global const ushort* residual, global const float* gamma,
    global const float* beta, global float* y, global ushort* y16,
    const struct layer_norm_f16_args args) {
  const int cols = args.cols;
  const size_t at = (size_t)m * cols;
  if (!add) {
    row_warp_read(held, x + at, cols, pieces);
  } else if (args.x_f32) {
    layer_norm_f16_warp_sum(held, m, pieces, cols, x, residual, args.residual);
  } else {
#pragma unroll
    for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
      const int k = row_warp_at(i);
      if (i >= pieces || k >= cols) continue;
      held[i] = layer_norm_f16_warp_load(x16, args.x, m, k) +
                layer_norm_f16_warp_load(residual, args.residual, m, k);
    }
  }
  const float2 statistics = layer_norm_f16_warp_statistics(held, cols, args.eps, pieces);
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    const int k = row_warp_at(i);
    if (i >= pieces) continue;
    uint4 words = 0;  // the padding's
    if (k < cols) {
      const float8 v = layer_norm_warp_y(held[i], statistics, gamma, beta, k);
      if (args.write_y) row_warp_store(ZCL_ELEMENT_F_8(v, at + k), y + at + k);
      words = layer_norm_f16_warp_halves(v);
      words.x = ZCL_ELEMENT_I(words.x, at + k);
    }
    if (args.write_y16 && k < args.y16.stride)
      *(global uint4*)(y16 + F16_INDEX(args.y16.layout, m, k, args.y16.stride)) = words;
  }
}
