// One row of layer_norm_f16 and add_layer_norm_f16 for a warp (NUMERICS.md 3.20); rows as
// row_warp.h has them.
#pragma once

#include "abi/layer_norm_f16.h"
#include "common/nvidia_f16.h"
#include "common/row_warp.h"

// Eight elements that lie on 16 bytes in either layout.
static inline float8 layer_norm_f16_warp_load(global const ushort* x, const struct f16_matrix shape,
                                              const int m, const int k) {
  const uint4 words = *(global const uint4*)(x + F16_INDEX(shape.layout, m, k, shape.stride));
  return (float8)(nvidia_floats(words.x), nvidia_floats(words.y), nvidia_floats(words.z),
                  nvidia_floats(words.w));
}

// Row m. `add`: h = x16 + residual, else h = x; a constant. What the form lacks may be anything.
static inline __attribute__((always_inline)) void layer_norm_f16_warp_row(
    float8* held, const int m, const int add, const int pieces, global const float* x,
    global const ushort* x16, global const ushort* residual, global const float* gamma,
    global const float* beta, global float* y, global ushort* y16,
    const struct layer_norm_f16_args args) {
  const int cols = args.cols;
  const size_t at = (size_t)m * cols;
  float8 sums = 0.0f, squares = 0.0f;
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    const int k = row_warp_at(i);
    if (i >= pieces || k >= cols) continue;
    held[i] = add ? layer_norm_f16_warp_load(x16, args.x, m, k) +
                        layer_norm_f16_warp_load(residual, args.residual, m, k)
                  : row_warp_load(x + at + k);
  }
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
  const float rstd = zcl_rsqrt(row_warp_tree(squares) / (float)cols + args.eps);
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    const int k = row_warp_at(i);
    if (i >= pieces) continue;
    uint4 words = 0;  // the padding's
    if (k < cols) {
      const float8 v =
          fma((held[i] - mean) * rstd, row_warp_load(gamma + k), row_warp_load(beta + k));
      if (args.write_y) row_warp_store(ZCL_ELEMENT_F_8(v, at + k), y + at + k);
      words = (uint4)(ZCL_ELEMENT_I(nvidia_halves(v.s0, v.s1), at + k), nvidia_halves(v.s2, v.s3),
                      nvidia_halves(v.s4, v.s5), nvidia_halves(v.s6, v.s7));
    }
    if (args.write_y16 && k < args.y16.stride)
      *(global uint4*)(y16 + F16_INDEX(args.y16.layout, m, k, args.y16.stride)) = words;
  }
}
