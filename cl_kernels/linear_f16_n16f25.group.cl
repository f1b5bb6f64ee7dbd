// Operator: linear_f16_n16f25 (NUMERICS.md 3.23)
// What:     y = x w^T + bias, f16 factors, sums as Hopper's tensor cores make them, emulated: slow
// Buffers:  x ushort [M, K] (F16_ROWS); w ushort [N, K], family "rows"; bias float [N] or null; y
// float
//           [M, y.stride] or ushort in either layout
// Args:     struct linear_f16_n16f25_args
// Launch:   work-groups of 16 x 16 items, an output each: (outputs, rows) rounded up to 16
// Variants: GPU shape of linear_f16_n16f25.cl
#include "abi/linear_f16_n16f25.h"
#include "common/n16f25.h"

#define TILE LINEAR_F16_GROUP_TILE
#define STRIDE (N16F25_PAIRS + 1)

kernel __attribute__((reqd_work_group_size(TILE, TILE, 1))) void linear_f16_n16f25_group(
    global const ushort* x, global const ushort* w, global const float* bias, global float* y,
    const struct linear_f16_n16f25_args args) {
  local float xs[TILE * STRIDE], ws[TILE * STRIDE];
  const int column = get_local_id(0), row = get_local_id(1), inputs = args.inputs;
  const int n0 = (int)get_group_id(0) * TILE, m0 = (int)get_group_id(1) * TILE;
  const int steps = (inputs + N16F25_PAIRS - 1) / N16F25_PAIRS;
  float sum = 0.0f;
  for (int s = 0; s < steps; ++s) {
    const int first = ZCL_ORDER(s, steps) * N16F25_PAIRS, k = first + column;
    const int count = min(N16F25_PAIRS, inputs - first);
    const bool inside = k < inputs;
    barrier(CLK_LOCAL_MEM_FENCE);
    xs[row * STRIDE + column] =
        inside && m0 + row < args.rows ? zcl_f16_float(x[(size_t)(m0 + row) * inputs + k]) : 0.0f;
    ws[row * STRIDE + column] = inside && n0 + row < args.outputs
                                    ? zcl_f16_float(w[(size_t)(n0 + row) * inputs + k])
                                    : 0.0f;
    barrier(CLK_LOCAL_MEM_FENCE);
    float a[N16F25_PAIRS], b[N16F25_PAIRS];
    int a_e[N16F25_PAIRS], b_e[N16F25_PAIRS];
#pragma unroll
    for (int i = 0; i < N16F25_PAIRS; ++i) {
      a[i] = xs[row * STRIDE + i];
      b[i] = ws[column * STRIDE + i];
      a_e[i] = zcl_n16f25_exponent(a[i]);
      b_e[i] = zcl_n16f25_exponent(b[i]);
    }
    sum = zcl_n16f25_sum(b, b_e, a, a_e, count, sum);
  }
  const int m = m0 + row, n = n0 + column;
  if (m >= args.rows) return;
  const size_t at = (size_t)m * args.outputs + n;
  if (args.y_f16) {
    global ushort* half_y = (global ushort*)y;
    if (n < args.outputs) {
      const float v = args.has_bias ? sum + bias[n] : sum;
      half_y[F16_INDEX(args.y.layout, m, n, args.y.stride)] =
          (ushort)ZCL_ELEMENT_I((uint)zcl_f16_bits(v), at);
    }
    // The last work-group of a row fills the padding.
    if (n0 + TILE >= args.outputs)
      for (int i = args.outputs + column; i < args.y.stride; i += TILE)
        half_y[F16_INDEX(args.y.layout, m, i, args.y.stride)] = 0;
  } else if (n < args.outputs) {
    y[(size_t)m * args.y.stride + n] = ZCL_ELEMENT_F(args.has_bias ? sum + bias[n] : sum, at);
  }
}
