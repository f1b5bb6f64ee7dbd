// Operator: linear_f32 (NUMERICS.md 3.6)
// What:     y[m,n] = bias[n], then fma(x[m,k], w[n,k], y) for k ascending: one chain an output
// Buffers:  x float [M, x_stride]; w float, packed in family "panels"; bias float [N] or null;
//           y float [M, y_stride]
// Args:     struct linear_f32_args
// Launch:   global (T, ceil(N / 32), ceil(ceil(M / 8) / T)), local 1: work-item (x, y, z) computes 32
//           outputs from 32 y of the 8 rows of tile T z + x, a lane an output, so that no sum is
//           split. T tiles go over a panel of weights in turn before the next panel
// Variants: .group (GPUs)
// Source:   register tiling of BLAS micro-kernels (Van Zee, van de Geijn, "BLIS", 2015)
// Not here: faster sums in another order: that is the operator linear_f32_fast
#include "abi/linear_f32.h"
#include "common/inject.h"

#pragma OPENCL FP_CONTRACT OFF

#define PANEL LINEAR_F32_PANEL
#define VECTORS (LINEAR_F32_PANEL / 16)

// sum[r][v] = the chains of row r and outputs 16v .. 16v+15 of a panel, continued over all inputs.
// ROWS is a literal: PoCL unrolls loops before it inlines, and only unrolled loops keep the
// accumulators in registers.
#define DEFINE_CHAINS(ROWS)                                                         \
  static void linear_f32_chains_##ROWS(global const float* x, const int stride,     \
                                       global const float* panel, const int inputs, \
                                       float16(*sum)[VECTORS]) {                    \
    float16 acc[ROWS][VECTORS];                                                     \
    _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                              \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) acc[r][v] = sum[r][v];    \
    }                                                                               \
    for (int i = 0; i < inputs; ++i) {                                              \
      const int k = ZCL_ORDER(i, inputs);                                           \
      float16 weights[VECTORS];                                                     \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) {                         \
        weights[v] = vload16((size_t)k * VECTORS + v, panel);                       \
      }                                                                             \
      _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                            \
        const float16 element = (float16)(x[(size_t)r * stride + k]);               \
        _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) {                       \
          acc[r][v] = fma(element, weights[v], acc[r][v]);                          \
        }                                                                           \
      }                                                                             \
    }                                                                               \
    _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                              \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) sum[r][v] = acc[r][v];    \
    }                                                                               \
  }

DEFINE_CHAINS(8)
DEFINE_CHAINS(4)
DEFINE_CHAINS(1)

// bias[n + i], i = 0 .. 15, 0 past the last output.
static float16 linear_f32_bias16(global const float* bias, const int n,
                                 const struct linear_f32_args* args) {
  if (!args->has_bias) return 0.0f;
  if (n + 16 <= args->outputs) return vload16(0, bias + n);
  float lane[16];
  for (int i = 0; i < 16; ++i) lane[i] = n + i < args->outputs ? bias[n + i] : 0.0f;
  return vload16(0, lane);
}

// Stores y[m, n .. n + 15], no further than the last output.
static void linear_f32_store16(const float16 value, global float* y, const int m, const int n,
                               const struct linear_f32_args* args) {
  const float16 out = ZCL_ELEMENT_F_16(value, (size_t)m * args->outputs + n);
  y += (size_t)m * args->y_stride + n;
  if (n + 16 <= args->outputs && args->y_stride % 16 == 0) {
    *(global float16*)y = out;
    return;
  }
  float lane[16];
  vstore16(out, 0, lane);
  for (int i = 0; i < 16 && n + i < args->outputs; ++i) y[i] = lane[i];
}

kernel void linear_f32(global const float* x, global const float* w, global const float* bias,
                       global float* y, const struct linear_f32_args args) {
  const int n0 = (int)get_global_id(1) * PANEL;
  const int tile_id = (int)(get_global_id(2) * get_global_size(0) + get_global_id(0));
  global const float* panel = w + (size_t)n0 * args.inputs;
  // A tile that would leave the matrix is moved up; rows that it shares are not stored twice.
  const int tile = args.rows >= 8 ? 8 : args.rows >= 4 ? 4 : 1;
  const int last = min((tile_id + 1) * LINEAR_F32_TILE_ROWS, args.rows);

  for (int m = tile_id * LINEAR_F32_TILE_ROWS; m < last; m += tile) {
    const int m0 = min(m, args.rows - tile);
    global const float* row = x + (size_t)m0 * args.x_stride;
    float16 sum[LINEAR_F32_TILE_ROWS][VECTORS];
    for (int v = 0; v < VECTORS; ++v) {
      const float16 start = linear_f32_bias16(bias, n0 + v * 16, &args);
      for (int r = 0; r < tile; ++r) sum[r][v] = start;
    }
    if (tile == 8)
      linear_f32_chains_8(row, args.x_stride, panel, args.inputs, sum);
    else if (tile == 4)
      linear_f32_chains_4(row, args.x_stride, panel, args.inputs, sum);
    else
      linear_f32_chains_1(row, args.x_stride, panel, args.inputs, sum);
    for (int r = m - m0; r < tile; ++r)
#pragma unroll
      for (int v = 0; v < VECTORS; ++v)
        linear_f32_store16(sum[r][v], y, m0 + r, n0 + v * 16, &args);
  }
}
