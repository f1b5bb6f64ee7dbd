// Operator: mean_pool (NUMERICS.md 3.15)
// What:     y[s] = (x[row] + x[row + 1] + ... of sequence s, ascending from +0) / length
// Buffers:  x f32 [M, K], sequences struct sequence_entry [S], y f32 [S, K]
// Args:     struct mean_pool_args
// Launch:   global (ceil(K / 64), S): a work-item sums 64 columns of a sequence; local size 1
// Variants: CPU shape; mean_pool.group.cl for GPUs
#include "abi/mean_pool.h"
#include "abi/sequence.h"
#include "common/inject.h"
#include "common/row16.h"

kernel void mean_pool(global const float* x, global const struct sequence_entry* sequences,
                      global float* y, const struct mean_pool_args args) {
  const int s = get_global_id(1), first = 64 * (int)get_global_id(0), n = args.cols - first;
  const struct sequence_entry sequence = sequences[s];
  float16 a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
  for (int i = 0; i < sequence.length; ++i) {
    const int t = ZCL_ORDER(i, sequence.length);
    global const float* v = x + (size_t)(sequence.row + t) * args.cols + first;
    a += zcl_load16(v, n);
    if (n > 16) b += zcl_load16(v + 16, n - 16);
    if (n > 32) c += zcl_load16(v + 32, n - 32);
    if (n > 48) d += zcl_load16(v + 48, n - 48);
  }
  const float16 length = (float)sequence.length;
  const size_t to = (size_t)s * args.cols + first;
  zcl_store16(ZCL_ELEMENT_F_16(a / length, to), y + to, n);
  if (n > 16) zcl_store16(b / length, y + to + 16, n - 16);
  if (n > 32) zcl_store16(c / length, y + to + 32, n - 32);
  if (n > 48) zcl_store16(d / length, y + to + 48, n - 48);
}
