// Operator: mean_pool (NUMERICS.md 3.15)
// What:     y[s] = (x[row] + x[row + 1] + ... of sequence s, ascending from +0) / length
// Buffers:  x f32 [M, K], sequences struct sequence_entry [S], y f32 [S, K]
// Args:     struct mean_pool_args
// Launch:   global (K rounded up to 64, S), local (64, 1): a work-item sums one column
// Variants: GPU shape of mean_pool.cl
#include "abi/mean_pool.h"
#include "abi/sequence.h"
#include "common/inject.h"

#pragma OPENCL FP_CONTRACT OFF

#define LOADS 16  // rows on their way at once

// Column k of sequence s. Also a step of persistent.wgmma.cl.
static inline __attribute__((always_inline)) void mean_pool_group_run(
    const int s, const int k, global const float* x, global const struct sequence_entry* sequences,
    global float* y, const int cols) {
  const struct sequence_entry sequence = sequences[s];
  global const float* column = x + (size_t)sequence.row * cols + k;
  float sum = 0.0f;
  int i = 0;
  for (; i + LOADS <= sequence.length; i += LOADS) {
    float v[LOADS];
#pragma unroll
    for (int j = 0; j < LOADS; ++j) v[j] = column[(size_t)ZCL_ORDER(i + j, sequence.length) * cols];
#pragma unroll
    for (int j = 0; j < LOADS; ++j) sum = sum + v[j];
  }
  for (; i < sequence.length; ++i) sum = sum + column[(size_t)ZCL_ORDER(i, sequence.length) * cols];
  const size_t to = (size_t)s * cols + k;
  y[to] = ZCL_ELEMENT_F(sum / (float)sequence.length, to);
}

kernel void mean_pool_group(global const float* x, global const struct sequence_entry* sequences,
                            global float* y, const struct mean_pool_args args) {
  const int s = get_global_id(1), k = get_global_id(0);
  if (k < args.cols) mean_pool_group_run(s, k, x, sequences, y, args.cols);
}
