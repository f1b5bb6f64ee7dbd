// Operator: top_k (NUMERICS.md 3.17)
// What:     the k largest values of a row, descending, with their indices; equal values by
//           ascending index, NaN last
// Buffers:  x f32 [M, V], values f32 [M, k], indices int [M, k]
// Args:     struct top_k_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of top_k.cl: a tournament. Item i holds the first of x[i], x[i + 256], ...;
//           each round takes the first of the 256, and all items together look for its successor
//           in the winner's stripe.
#include "abi/top_k.h"
#include "common/ranking.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void top_k_group(global const float* x, global float* values, global int* indices,
                 const struct top_k_args args) {
  local int2 scratch[272];
  const int row = get_group_id(0), i = get_local_id(0);
  global const float* v = x + (size_t)row * args.cols;
  int2 mine = (int2)(ZCL_NO_KEY, INT_MAX);
  for (int k = i; k < args.cols; k += 256)
    mine = zcl_first_of(mine, (int2)(zcl_rank_key(v[k]), k));
  for (int j = 0; j < args.k; ++j) {
    const int2 winner = zcl_first_of_group(mine, scratch);
    if (i == 0) {
      const size_t to = (size_t)row * args.k + j;
      values[to] = ZCL_ELEMENT_F(v[winner.y], to);
      indices[to] = winner.y;
    }
    const int stripe = winner.y % 256;
    int2 next = (int2)(ZCL_NO_KEY, INT_MAX);
    for (int k = stripe + 256 * i; k < args.cols; k += 256 * 256) {
      const int2 candidate = (int2)(zcl_rank_key(v[k]), k);
      const int after = candidate.x < winner.x || (candidate.x == winner.x && k > winner.y);
      if (after) next = zcl_first_of(next, candidate);
    }
    next = zcl_first_of_group(next, scratch);
    if (i == stripe) mine = next;
  }
}
