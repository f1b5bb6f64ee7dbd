// Operator: gather_rows (NUMERICS.md 3.14)
// What:     y[i] = x[index[i]]
// Buffers:  x f32 [any, K], index int [rows] inside x, y f32 [rows, K]
// Args:     struct gather_rows_args
// Launch:   one work-item a row of y, local size 1
// Variants: CPU shape; gather_rows.group.cl for GPUs
#include "abi/gather_rows.h"
#include "common/inject.h"
#include "common/row16.h"

kernel void gather_rows(global const float* x, global const int* index, global float* y,
                        const struct gather_rows_args args) {
  const int row = get_global_id(0);
  global const float* from = x + (size_t)index[row] * args.cols;
  const size_t to = (size_t)row * args.cols;
  for (int k = 0; k < args.cols; k += 16) {
    const float16 v = zcl_load16(from + k, args.cols - k);
    zcl_store16(ZCL_ELEMENT_F_16(v, to + k), y + to + k, args.cols - k);
  }
}
