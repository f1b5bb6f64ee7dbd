// Operator: linear_w8a8 (NUMERICS.md 3.5), variant for x86 with AVX512-VNNI under PoCL
// What:     as linear_w8a8.cl, the integer sums by vpdpbusd: 4 products and 4 additions a lane
// Buffers:  x uchar [M, CODES_STRIDE(K)] (CODES_U8: code + 128), x scales float [M, x_groups];
//           w char, packed in family "vnni" with its compensation, w scales float [N, w_groups];
//           bias float [N] or null; y float [M, y_stride]
// Args:     struct linear_w8a8_args
// Launch:   as linear_w8a8.cl, a work-item computes 8 x 32 outputs
// Variants: the portable twin is linear_w8a8.cl
// Source:   Intel's vpdpbusd multiplies unsigned by signed bytes: sum (x + 128) w - 128 sum w
// Not here: other compilers. The builtin is clang's and needs the instruction set named on the
//           function: on a kernel, or on a processor without it, LLVM aborts the whole process, so
//           the host launches this only where it was tried (host/ops/linear_w8a8.cpp)
#include "abi/layouts.h"
#include "abi/linear_w8a8.h"
#include "common/inject.h"

#ifndef ZCL_VNNI
#error "this file is for PoCL on a processor with AVX512-VNNI"
#endif
#pragma OPENCL FP_CONTRACT OFF

#define PANEL LINEAR_W8A8_VNNI_PANEL
#define VECTORS (LINEAR_W8A8_VNNI_PANEL / 16)

// acc[r][v] += products of the fours [begin, end) of row r and outputs 16v .. 16v+15 of a panel.
// ROWS is a literal: PoCL unrolls loops before it inlines, and only unrolled loops keep the
// accumulators in registers.
#define VNNI __attribute__((noinline, target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define DEFINE_PRODUCTS(ROWS)                                                               \
  static VNNI void linear_w8a8_vnni_products_##ROWS(                                        \
      global const int* x, const int stride, global const int16* panel, const int begin,    \
      const int end, global const int16* start, int16* acc) {                               \
    int16 sum[ROWS][VECTORS];                                                               \
    _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                                      \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) sum[r][v] = start[v];             \
    }                                                                                       \
    for (int k = begin; k < end; ++k) {                                                     \
      int16 weights[VECTORS];                                                               \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) {                                 \
        weights[v] = panel[(size_t)k * VECTORS + v];                                        \
      }                                                                                     \
      _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                                    \
        const int16 codes = (int16)(x[(size_t)r * stride + k]);                             \
        _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) {                               \
          sum[r][v] = __builtin_ia32_vpdpbusd512(sum[r][v], codes, weights[v]);             \
        }                                                                                   \
      }                                                                                     \
    }                                                                                       \
    _Pragma("unroll") for (int r = 0; r < ROWS; ++r) {                                      \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) acc[r * VECTORS + v] = sum[r][v]; \
    }                                                                                       \
  }

DEFINE_PRODUCTS(8)
DEFINE_PRODUCTS(4)

// One row has too few accumulators to hide vpdpbusd's latency: four chains along the inputs.
static VNNI void linear_w8a8_vnni_products_1(global const int* x, global const int16* panel,
                                             const int begin, const int end,
                                             global const int16* start, int16* acc) {
  int16 sum[4][VECTORS];
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) {
    sum[0][v] = start[v];
    sum[1][v] = sum[2][v] = sum[3][v] = 0;
  }
  int k = begin;
  for (; k + 4 <= end; k += 4) {
#pragma unroll
    for (int c = 0; c < 4; ++c) {
#pragma unroll
      for (int v = 0; v < VECTORS; ++v)
        sum[c][v] = __builtin_ia32_vpdpbusd512(sum[c][v], (int16)(x[k + c]),
                                               panel[(size_t)(k + c) * VECTORS + v]);
    }
  }
  for (; k < end; ++k) {
#pragma unroll
    for (int v = 0; v < VECTORS; ++v)
      sum[0][v] =
          __builtin_ia32_vpdpbusd512(sum[0][v], (int16)(x[k]), panel[(size_t)k * VECTORS + v]);
  }
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) acc[v] = sum[0][v] + sum[1][v] + sum[2][v] + sum[3][v];
}

// Corrects acc, which `start` compensates for more inputs than its sums hold (the activations have
// finer groups than the weight), to the fours [begin, end).
static VNNI void linear_w8a8_vnni_compensate(const int rows, global const int16* panel,
                                             const int begin, const int end,
                                             global const int16* start, int16* acc) {
  int16 sum[VECTORS];  // 128 * sum of the codes
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) sum[v] = 0;
  for (int k = begin; k < end; ++k) {
#pragma unroll
    for (int v = 0; v < VECTORS; ++v)
      sum[v] =
          __builtin_ia32_vpdpbusd512(sum[v], (int16)(0x80808080), panel[(size_t)k * VECTORS + v]);
  }
#pragma unroll
  for (int v = 0; v < VECTORS; ++v)
    for (int r = 0; r < rows; ++r) acc[r * VECTORS + v] -= start[v] + sum[v];
}

// source[(n + i) * stride], i = 0 .. 15, 0 past the last output.
static float16 linear_w8a8_vnni_load16(global const float* source, const int n, const int stride,
                                       const int outputs) {
  if (stride == 1 && n + 16 <= outputs) return vload16(0, source + n);
  float lane[16];
  for (int i = 0; i < 16; ++i) lane[i] = n + i < outputs ? source[(size_t)(n + i) * stride] : 0.0f;
  return vload16(0, lane);
}

// Stores y[m, n .. n + 15], no further than the last output.
static void linear_w8a8_vnni_store16(const float16 value, global float* y, const int m, const int n,
                                     const struct linear_w8a8_args* args) {
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

kernel void linear_w8a8_vnni(global const int* x, global const float* xs, global const char* w,
                             global const float* ws, global const float* bias, global float* y,
                             const struct linear_w8a8_args args) {
  const int n0 = (int)get_global_id(1) * PANEL;
  const int tile_id = (int)(get_global_id(2) * get_global_size(0) + get_global_id(0));
  const int stride = CODES_STRIDE(args.inputs) / 4;
  const size_t padded = (size_t)(args.outputs + PANEL - 1) / PANEL * PANEL;
  global const int16* panel = (global const int16*)(w + (size_t)n0 * CODES_STRIDE(args.inputs));
  global const int* compensation = (global const int*)(w + padded * CODES_STRIDE(args.inputs)) + n0;
  float16 first[VECTORS];
#pragma unroll
  for (int v = 0; v < VECTORS; ++v)
    first[v] = args.has_bias ? linear_w8a8_vnni_load16(bias, n0 + v * 16, 1, args.outputs) : 0.0f;
  // A tile that would leave the matrix is moved up; rows that it shares are not stored twice.
  const int tile = args.rows >= 8 ? 8 : args.rows >= 4 ? 4 : 1;
  const int last = min((tile_id + 1) * LINEAR_W8A8_TILE_ROWS, args.rows);

  for (int m = tile_id * LINEAR_W8A8_TILE_ROWS; m < last; m += tile) {
    const int m0 = min(m, args.rows - tile);
    global const int* row = x + (size_t)m0 * stride;
    float16 sum[LINEAR_W8A8_TILE_ROWS][VECTORS];  // after the groups before
    for (int i = 0; i < args.groups; ++i) {
      const int j = ZCL_ORDER(i, args.groups);
      const int begin = j * (args.group / 4);
      const int end = (min((j + 1) * args.group, args.inputs) + 3) / 4;
      const int wj = j / args.w_span;
      global const int16* start = (global const int16*)(compensation + wj * padded);
      int16 acc[LINEAR_W8A8_TILE_ROWS * VECTORS];
      if (tile == 8)
        linear_w8a8_vnni_products_8(row, stride, panel, begin, end, start, acc);
      else if (tile == 4)
        linear_w8a8_vnni_products_4(row, stride, panel, begin, end, start, acc);
      else
        linear_w8a8_vnni_products_1(row, panel, begin, end, start, acc);
      if (args.w_span > 1) linear_w8a8_vnni_compensate(tile, panel, begin, end, start, acc);
      float16 scale[VECTORS];
#pragma unroll
      for (int v = 0; v < VECTORS; ++v)
        scale[v] = linear_w8a8_vnni_load16(ws + wj, n0 + v * 16, args.w_groups, args.outputs);
      global const float* row_scale = xs + (size_t)m0 * args.x_groups + j / args.x_span;
      for (int r = 0; r < tile; ++r, row_scale += args.x_groups) {
#pragma unroll
        for (int v = 0; v < VECTORS; ++v) {
          const float16 value = convert_float16(acc[r * VECTORS + v]) * ZCL_SCALE(*row_scale);
          const float16 next = fma(value, scale[v], i == 0 ? first[v] : sum[r][v]);
          if (i < args.groups - 1)
            sum[r][v] = next;
          else if (m0 + r >= m)
            linear_w8a8_vnni_store16(next, y, m0 + r, n0 + v * 16, &args);
        }
      }
    }
  }
}
