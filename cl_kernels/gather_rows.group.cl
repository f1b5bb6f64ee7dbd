// Operator: gather_rows (NUMERICS.md 3.14)
// What:     y[i] = x[index[i]]
// Buffers:  x f32 [any, K], index int [rows] inside x, y f32 [rows, K]
// Args:     struct gather_rows_args
// Launch:   one work-group of 128 items a row of y
// Variants: GPU shape of gather_rows.cl
#include "abi/gather_rows.h"
#include "common/inject.h"

// Row `row` of y. Also a step of persistent.wgmma.cl.
static inline void gather_rows_group_run(const int row, global const float* x,
                                         global const int* index, global float* y, const int cols) {
  const size_t from = (size_t)index[row] * cols, to = (size_t)row * cols;
  for (int k = get_local_id(0); k < cols; k += get_local_size(0))
    y[to + k] = ZCL_ELEMENT_F(x[from + k], to + k);
}

kernel void gather_rows_group(global const float* x, global const int* index, global float* y,
                              const struct gather_rows_args args) {
  gather_rows_group_run(get_group_id(0), x, index, y, args.cols);
}
