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

kernel void mean_pool_group(global const float* x, global const struct sequence_entry* sequences,
                            global float* y, const struct mean_pool_args args) {
  const int s = get_global_id(1), k = get_global_id(0);
  if (k >= args.cols) return;
  const struct sequence_entry sequence = sequences[s];
  global const float* column = x + (size_t)sequence.row * args.cols + k;
  float sum = 0.0f;
  for (int i = 0; i < sequence.length; ++i)
    sum = sum + column[(size_t)ZCL_ORDER(i, sequence.length) * args.cols];
  const size_t to = (size_t)s * args.cols + k;
  y[to] = ZCL_ELEMENT_F(sum / (float)sequence.length, to);
}
