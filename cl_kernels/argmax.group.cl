// Operator: argmax (NUMERICS.md 3.17)
// What:     the lowest index of a row's largest value; NaN counts as below -inf
// Buffers:  x f32 [M, V], out int [M]
// Args:     struct argmax_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of argmax.cl
#include "abi/argmax.h"
#include "common/ranking.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void argmax_group(global const float* x, global int* out, const struct argmax_args args) {
  local int2 scratch[272];
  const int row = get_group_id(0), i = get_local_id(0);
  global const float* v = x + (size_t)row * args.cols;
  int2 first = (int2)(ZCL_NO_KEY, INT_MAX);
  for (int k = i; k < args.cols; k += 256)
    first = zcl_first_of(first, (int2)(zcl_rank_key(v[k]), k));
  first = zcl_first_of_group(first, scratch);
  if (i == 0) out[row] = ZCL_ELEMENT_I(first.y, row);
}
