// Operator: gather_rows (NUMERICS.md 3.14)
// What:     y[i] = x[index[i]]
// Buffers:  x f32 [any, K], index int [rows] inside x, y f32 [rows, K]
// Args:     struct gather_rows_args
// Launch:   one work-group of 128 items a row of y
// Variants: GPU shape of gather_rows.cl
#include "abi/gather_rows.h"
#include "common/inject.h"

kernel void gather_rows_group(global const float* x, global const int* index, global float* y,
                              const struct gather_rows_args args) {
  const int row = get_group_id(0);
  const size_t from = (size_t)index[row] * args.cols, to = (size_t)row * args.cols;
  for (int k = get_local_id(0); k < args.cols; k += get_local_size(0))
    y[to + k] = ZCL_ELEMENT_F(x[from + k], to + k);
}
