// Operator: gather_rows (NUMERICS.md 3.14)
// What:     y[i] = x[index[i]] of up to GATHER_MATRICES matrices
// Buffers:  those of gather_rows.cl
// Args:     struct gather_rows_args
// Launch:   one work-group of 128 items a row
// Variants: GPU shape of gather_rows.cl
#include "common/gather_rows.h"

kernel void gather_rows_group(global const int* index, global const ushort* x0,
                              global const ushort* x1, global const ushort* x2, global ushort* y0,
                              global ushort* y1, global ushort* y2,
                              const struct gather_rows_args args) {
  gather_rows_run(get_group_id(0), get_local_id(0), get_local_size(0), index, x0, x1, x2, y0, y1,
                  y2, args);
}
