// Operator: gather_rows (NUMERICS.md 3.14)
// What:     y[i] = x[index[i]] of up to GATHER_MATRICES matrices
// Buffers:  index int [rows] inside each x; x0, x1, x2 [any, stride halves], y0, y1, y2 [rows,
// stride
//           halves], null where there is none
// Args:     struct gather_rows_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; gather_rows.group.cl for GPUs
#include "common/gather_rows.h"

kernel void gather_rows(global const int* index, global const ushort* x0, global const ushort* x1,
                        global const ushort* x2, global ushort* y0, global ushort* y1,
                        global ushort* y2, const struct gather_rows_args args) {
  gather_rows_run(get_global_id(0), 0, 1, index, x0, x1, x2, y0, y1, y2, args);
}
