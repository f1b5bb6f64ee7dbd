// One row of the norms of f16 for a warp (NUMERICS.md 3.20, 3.29); rows as row_warp.h has them.
#pragma once

#include "abi/layer_norm_f16.h"
#include "common/layer_norm_warp.h"
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
  const float2 statistics = layer_norm_warp_statistics(held, cols, args.eps, pieces);
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
