// Operator: argmax (NUMERICS.md 3.17)
// What:     the lowest index of a row's largest value; NaN counts as below -inf
// Buffers:  x f32 [M, V], out int [M]
// Args:     struct argmax_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; argmax.group.cl for GPUs
#include "abi/argmax.h"
#include "common/ranking.h"
#include "common/row16.h"

kernel void argmax(global const float* x, global int* out, const struct argmax_args args) {
  const int row = get_global_id(0);
  global const float* v = x + (size_t)row * args.cols;
  int16 best = ZCL_NO_KEY, piece = 0;  // of each lane: the largest key and the piece it came from
  int k = 0;
  for (; k + 16 <= args.cols; k += 16) {
    const int16 key = zcl_rank_key_16(vload16(0, v + k));
    piece = key > best ? (int16)(k) : piece;
    best = max(best, key);
  }
  int keys[16], pieces[16];
  vstore16(best, 0, keys);
  vstore16(piece, 0, pieces);
  int2 first = (int2)(ZCL_NO_KEY, 0);
  for (int i = 0; i < 16; ++i) first = zcl_first_of(first, (int2)(keys[i], pieces[i] + i));
  for (; k < args.cols; ++k) first = zcl_first_of(first, (int2)(zcl_rank_key(v[k]), k));
  out[row] = ZCL_ELEMENT_I(first.y, row);
}
