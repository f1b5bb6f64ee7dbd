// Operator: linear_f16_n16f25 (NUMERICS.md 3.23)
// What:     y = x w^T + bias, f16 factors, sums as Hopper's tensor cores make them, emulated: slow
// Buffers:  x ushort [M, K] (F16_ROWS); w ushort, family "panels"; bias float [N] or null; y float
//           [M, y.stride] or ushort in either layout
// Args:     struct linear_f16_n16f25_args
// Launch:   (row tiles in turn, panels, turns), local 1: 8 rows of 16 outputs a work-item
// Variants: .group (GPUs), .wgmma (Hopper's tensor cores)
#include "abi/linear_f16_n16f25.h"
#include "common/n16f25.h"

#define ROWS LINEAR_F16_TILE_ROWS

// Stores outputs n .. n + 15 of row m, no further than the last.
static void linear_f16_n16f25_store(const float16 v, global float* y, const int m, const int n,
                                    const struct linear_f16_n16f25_args* args) {
  const size_t at = (size_t)m * args->outputs + n;
  const int count = min(16, args->outputs - n);
  if (args->y_f16) {
    zcl_f16_store16(v, (global ushort*)y, args->y, m, n, count, n + 16 >= args->outputs, at);
    return;
  }
  float lane[16];
  vstore16(ZCL_ELEMENT_F_16(v, at), 0, lane);
  for (int i = 0; i < count; ++i) y[(size_t)m * args->y.stride + n + i] = lane[i];
}

kernel void linear_f16_n16f25(global const ushort* x, global const ushort* w,
                              global const float* bias, global float* y,
                              const struct linear_f16_n16f25_args args) {
  const int n = (int)get_global_id(1) * LINEAR_F16_PANEL, inputs = args.inputs;
  const int m0 = (int)(get_global_id(2) * get_global_size(0) + get_global_id(0)) * ROWS;
  const int rows = min(ROWS, args.rows - m0);
  if (rows <= 0) return;
  w += (size_t)n * inputs;
  float16 sum[ROWS];
  for (int r = 0; r < rows; ++r) sum[r] = 0.0f;
  const int steps = (inputs + N16F25_PAIRS - 1) / N16F25_PAIRS;
  for (int s = 0; s < steps; ++s) {
    const int k = ZCL_ORDER(s, steps) * N16F25_PAIRS, count = min(N16F25_PAIRS, inputs - k);
    float16 weights[N16F25_PAIRS];
    int16 weights_e[N16F25_PAIRS];
    for (int i = 0; i < count; ++i) {
      weights[i] = zcl_f16_float_16(vload16((size_t)(k + i), w));
      weights_e[i] = zcl_n16f25_exponent_16(weights[i]);
    }
    for (int r = 0; r < rows; ++r) {
      float row[N16F25_PAIRS];
      int row_e[N16F25_PAIRS];
      for (int i = 0; i < count; ++i) {
        row[i] = zcl_f16_float(x[(size_t)(m0 + r) * inputs + k + i]);
        row_e[i] = zcl_n16f25_exponent(row[i]);
      }
      sum[r] = zcl_n16f25_sum_16(weights, weights_e, row, row_e, count, sum[r]);
    }
  }
  float lane[16];
  for (int i = 0; i < 16; ++i) lane[i] = args.has_bias && n + i < args.outputs ? bias[n + i] : 0.0f;
  const float16 shift = vload16(0, lane);
  for (int r = 0; r < rows; ++r)
    linear_f16_n16f25_store(args.has_bias ? sum[r] + shift : sum[r], y, m0 + r, n, &args);
}
