// Operator: linear_w8a8 (NUMERICS.md 3.5)
// What:     y[m,n] = bias[n] + sum over groups of (sum x[m,k] * w[n,k]) * xs[m] * ws[n], integer
//           inside a group, one fma a group
// Buffers:  x short [M, CODES_STRIDE(K)] (CODES_I16), x scales float [M, x_groups];
//           w char, packed in family "pairs", w scales float [N, w_groups];
//           bias float [N] or null; y float [M, y_stride]
// Args:     struct linear_w8a8_args
// Launch:   global (T, ceil(N / 24), ceil(ceil(M / 8) / T)), local 1: work-item (x, y, z) computes
//           24 outputs from 24 y of the 8 rows of tile T z + x. T tiles go over a panel of weights
//           in turn before the next panel
// Variants: .vnni (x86 with AVX512-VNNI under PoCL), .group (GPUs)
// Source:   16-bit multiply-add of pairs (vpmaddwd) from portable OpenCL C
// Not here: quantizing x (quantize_tokens and the fused forms write CODES_I16)
#include "abi/layouts.h"
#include "abi/linear_w8a8.h"
#include "common/inject.h"

#pragma OPENCL FP_CONTRACT OFF

#define PANEL LINEAR_W8A8_PAIRS_PANEL
#define VECTORS (LINEAR_W8A8_PAIRS_PANEL / 8)

// acc[r][v] = products of the pairs [begin, end) of row r and outputs 8v .. 8v+7 of a panel,
// summed. x: pairs of 16-bit codes, `stride` from one row to the next. ROWS is a literal: PoCL
// unrolls loops before it inlines, and only unrolled loops keep the ROWS x 3 accumulators in
// registers.
//
// `all` is all ones, which the compiler cannot know (n0 < outputs). Without it LLVM reassociates
// the sum of a pair with the accumulator and no longer sees a 16-bit multiply-add. On AVX512 it
// costs nothing, as a masked addition, provided that the comparison stands in this function.
#define DEFINE_PRODUCTS(ROWS)                                                           \
  static void linear_w8a8_products_##ROWS(                                              \
      global const int* x, const int stride, global const char* panel, const int begin, \
      const int end, const int n0, const int outputs, int8(*acc)[VECTORS]) {            \
    const int8 all = (int8)(n0) < (int8)(outputs);                                      \
    int8 sum[ROWS][VECTORS];                                                            \
    _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                                  \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) sum[r][v] = 0;                \
    }                                                                                   \
    for (int k = begin; k < end; ++k) {                                                 \
      short16 weights[VECTORS];                                                         \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) {                             \
        weights[v] = convert_short16(vload16((size_t)k * VECTORS + v, panel));          \
      }                                                                                 \
      _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                                \
        const short16 codes = as_short16((int8)(x[(size_t)r * stride + k]));            \
        _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) {                           \
          const int16 product = convert_int16(codes) * convert_int16(weights[v]);       \
          sum[r][v] += (product.even + product.odd) & all;                              \
        }                                                                               \
      }                                                                                 \
    }                                                                                   \
    _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                                  \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) acc[r][v] = sum[r][v];        \
    }                                                                                   \
  }

DEFINE_PRODUCTS(8)
DEFINE_PRODUCTS(4)
DEFINE_PRODUCTS(1)

// source[(n + i) * stride], i = 0 .. 7, 0 past the last output.
static float8 linear_w8a8_load8(global const float* source, const int n, const int stride,
                                const int outputs) {
  if (stride == 1 && n + 8 <= outputs) return vload8(0, source + n);
  float lane[8];
  for (int i = 0; i < 8; ++i) lane[i] = n + i < outputs ? source[(size_t)(n + i) * stride] : 0.0f;
  return vload8(0, lane);
}

// Stores y[m, n .. n + 7], no further than the last output.
static void linear_w8a8_store8(const float8 value, global float* y, const int m, const int n,
                               const struct linear_w8a8_args* args) {
  const float8 out = ZCL_ELEMENT_F_8(value, (size_t)m * args->outputs + n);
  y += (size_t)m * args->y_stride + n;
  if (n + 8 <= args->outputs && args->y_stride % 8 == 0) {
    *(global float8*)y = out;
    return;
  }
  float lane[8];
  vstore8(out, 0, lane);
  for (int i = 0; i < 8 && n + i < args->outputs; ++i) y[i] = lane[i];
}

kernel void linear_w8a8(global const int* x, global const float* xs, global const char* w,
                        global const float* ws, global const float* bias, global float* y,
                        const struct linear_w8a8_args args) {
  const int n0 = (int)get_global_id(1) * PANEL;
  const int tile_id = (int)(get_global_id(2) * get_global_size(0) + get_global_id(0));
  const int stride = CODES_STRIDE(args.inputs) / 2;
  global const char* panel = w + (size_t)n0 * CODES_STRIDE(args.inputs);
  float8 first[VECTORS];
#pragma unroll
  for (int v = 0; v < VECTORS; ++v)
    first[v] = args.has_bias ? linear_w8a8_load8(bias, n0 + v * 8, 1, args.outputs) : 0.0f;
  // A tile that would leave the matrix is moved up; rows that it shares are not stored twice.
  const int tile = args.rows >= 8 ? 8 : args.rows >= 4 ? 4 : 1;
  const int last = min((tile_id + 1) * LINEAR_W8A8_TILE_ROWS, args.rows);

  for (int m = tile_id * LINEAR_W8A8_TILE_ROWS; m < last; m += tile) {
    const int m0 = min(m, args.rows - tile);
    global const int* row = x + (size_t)m0 * stride;
    float8 sum[LINEAR_W8A8_TILE_ROWS][VECTORS];  // after the groups before
    for (int i = 0; i < args.groups; ++i) {
      const int j = ZCL_ORDER(i, args.groups);
      const int begin = j * (args.group / 2);
      const int end = (min((j + 1) * args.group, args.inputs) + 1) / 2;
      int8 acc[LINEAR_W8A8_TILE_ROWS][VECTORS];
      if (tile == 8)
        linear_w8a8_products_8(row, stride, panel, begin, end, n0, args.outputs, acc);
      else if (tile == 4)
        linear_w8a8_products_4(row, stride, panel, begin, end, n0, args.outputs, acc);
      else
        linear_w8a8_products_1(row, stride, panel, begin, end, n0, args.outputs, acc);
      float8 scale[VECTORS];
#pragma unroll
      for (int v = 0; v < VECTORS; ++v)
        scale[v] = linear_w8a8_load8(ws + j / args.w_span, n0 + v * 8, args.w_groups, args.outputs);
      global const float* row_scale = xs + (size_t)m0 * args.x_groups + j / args.x_span;
      for (int r = 0; r < tile; ++r, row_scale += args.x_groups) {
#pragma unroll
        for (int v = 0; v < VECTORS; ++v) {
          const float8 value = convert_float8(acc[r][v]) * ZCL_SCALE(*row_scale);
          const float8 next = fma(value, scale[v], i == 0 ? first[v] : sum[r][v]);
          if (i < args.groups - 1)
            sum[r][v] = next;
          else if (m0 + r >= m)
            linear_w8a8_store8(next, y, m0 + r, n0 + v * 8, &args);
        }
      }
    }
  }
}
