// One row of the layer_norm family for a work-group of 256 items (NUMERICS.md 3.7, 3.8).
#pragma once

#include "abi/layer_norm.h"
#include "common/row_group.h"
#include "common/sum_tree.h"

// Mean and rstd of h, held in registers and beyond them evaluated from `row`.
static inline void layer_norm_group_statistics(private struct row_source* result,
                                               private const float* held, int cols, float eps,
                                               local float* scratch) {
  struct row_source row = *result;
  const int i = get_local_id(0);
  float sum = 0.0f, squares = 0.0f;
#pragma unroll
  for (int j = 0; j < ROW_REGISTERS; ++j) sum = ZCL_ADD_VALUE(sum, held[j]);
  for (int k = ROW_HELD + i; k < cols; k += ROW_ITEMS) sum = ZCL_ADD_VALUE(sum, row_value(row, k));
  row.mean = zcl_tree_items_256(sum, i, scratch) / (float)cols;
#pragma unroll
  for (int j = 0; j < ROW_REGISTERS; ++j) {
    const float d = held[j] - row.mean;
    if (i + ROW_ITEMS * j < cols) squares = ZCL_ADD_SQUARE(squares, d);
  }
  for (int k = ROW_HELD + i; k < cols; k += ROW_ITEMS) {
    const float d = row_value(row, k) - row.mean;
    squares = ZCL_ADD_SQUARE(squares, d);
  }
  row.rstd = zcl_rsqrt(zcl_tree_items_256(squares, i, scratch) / (float)cols + eps);
  *result = row;
}

// `held`: h becomes y; from now on row_value gives y, too.
static inline void layer_norm_group_normed(private struct row_source* row, private float* held,
                                           int cols) {
#pragma unroll
  for (int j = 0; j < ROW_REGISTERS; ++j) {
    const int k = (int)get_local_id(0) + ROW_ITEMS * j;
    held[j] = k < cols ? row_normed(*row, held[j], k) : 0.0f;
  }
  row->kind = row->kind == ROW_SUM       ? ROW_SUM_NORM
              : row->kind == ROW_SUM_F16 ? ROW_SUM_F16_NORM
                                         : ROW_NORM;
}

// Row m up to y, which goes to `held` and, where it is wanted, to its output. `add`: h = x +
// residual, else h = x; `is_output`: y is the main output, not codes. Both are constants of the
// form; buffers that a form lacks may be anything. `result` is where row_quantize finds the values;
// it must come behind a barrier of global memory, for items then read what others stored. (Forms
// without codes do not name row_quantize: `verify --inject` looks for what a kernel can reach. By
// pointer, since Oclgrind 21.10 cannot run an inlined function that returns a struct.)
static inline void layer_norm_group_row(private struct row_source* result, int m, int add,
                                        int is_output, global const float* x,
                                        global const float* residual, global const float* gamma,
                                        global const float* beta, global float* sum,
                                        global float* y, struct layer_norm_args args,
                                        private float* held, local float* scratch) {
  const int i = get_local_id(0), cols = args.cols;
  const size_t at = (size_t)m * cols;
  struct row_source row = {
      add ? ROW_SUM : ROW_PLAIN, x + at, residual + at, gamma, beta, 0.0f, 0.0f};
  row_hold(row, cols, held);
  // h is stored where an output can hold it, because sum or y may be x: after this x is not read.
  // y's row is free until y is known.
  if (add && (args.write_sum || args.write_y)) {
    global float* h = (args.write_sum ? sum : y) + at;
#pragma unroll
    for (int j = 0; j < ROW_REGISTERS; ++j)
      if (i + ROW_ITEMS * j < cols) h[i + ROW_ITEMS * j] = held[j];
    for (int k = ROW_HELD + i; k < cols; k += ROW_ITEMS) h[k] = row_value(row, k);
    row.kind = ROW_PLAIN;
    row.a = h;
  }
  layer_norm_group_statistics(&row, held, cols, args.eps, scratch);
  layer_norm_group_normed(&row, held, cols);
  if (args.write_y) {
#pragma unroll
    for (int j = 0; j < ROW_REGISTERS; ++j) {
      const int k = i + ROW_ITEMS * j;
      if (k < cols) y[at + k] = is_output ? ZCL_ELEMENT_F(held[j], at + k) : held[j];
    }
    for (int k = ROW_HELD + i; k < cols; k += ROW_ITEMS) y[at + k] = row_value(row, k);
    // From here on the row is read from y, which may have replaced h.
    row.kind = ROW_PLAIN;
    row.a = y + at;
  }
  *result = row;
}
