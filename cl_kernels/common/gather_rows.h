// A row of gather_rows (NUMERICS.md 3.14), whatever its elements are.
#pragma once

#include "abi/gather_rows.h"
#include "common/inject.h"

// Row `to` of y = row `from` of x, padding included; `item` of `items` takes every so many eights
// of halves, which lie together in each layout, and are aligned where a row is whole eights.
static inline void gather_rows_matrix(const int to, const int from, const int item, const int items,
                                      global const ushort* x, global ushort* y,
                                      const struct f16_matrix m) {
  for (int k = 8 * item; k < m.stride; k += 8 * items) {
    global const ushort* const source = x + F16_INDEX(m.layout, from, k, m.stride);
    global ushort* const target = y + F16_INDEX(m.layout, to, k, m.stride);
    const int count = min(8, m.stride - k);
    if (m.stride % 8 == 0)
      *(global uint4*)target = *(global const uint4*)source;
    else
      for (int i = 0; i < count; ++i) target[i] = source[i];
    if (to + k == 0) target[0] = (ushort)ZCL_ELEMENT_I((int)source[0], 0);
  }
}
static inline void gather_rows_run(const int row, const int item, const int items,
                                   global const int* index, global const ushort* x0,
                                   global const ushort* x1, global const ushort* x2,
                                   global ushort* y0, global ushort* y1, global ushort* y2,
                                   const struct gather_rows_args args) {
  const int from = index[row];
  gather_rows_matrix(row, from, item, items, x0, y0, args.matrices[0]);
  gather_rows_matrix(row, from, item, items, x1, y1, args.matrices[1]);
  gather_rows_matrix(row, from, item, items, x2, y2, args.matrices[2]);
}
