// One row of the layer_norm family for a single work-item (NUMERICS.md 3.7, 3.8).
#pragma once

#include "abi/layer_norm.h"
#include "common/elementary.h"
#include "common/row16.h"

// A row of h with its statistics: a + b where `add` says so, else a.
struct zcl_norm_row {
  int add;
  global const float* a;
  global const float* b;
  global const float* gamma;
  global const float* beta;
  float mean;
  float rstd;
};

ZCL_INLINE float16 zcl_norm_h16(struct zcl_norm_row row, int k, int n) {
  const float16 h = zcl_load16(row.a + k, n);
  return row.add ? h + zcl_load16(row.b + k, n) : h;
}

// 16 results from k on; lanes past the row's end hold anything.
ZCL_INLINE float16 zcl_norm_y16(struct zcl_norm_row row, int k, int n) {
  const float16 d = zcl_norm_h16(row, k, n) - row.mean;
  return fma(d * row.rstd, zcl_load16(row.gamma + k, n), zcl_load16(row.beta + k, n));
}

#define ZCL_NORM_H(k, m) zcl_norm_h16(row, (k), (m))
#define ZCL_NORM_D(k, m) zcl_mask16(zcl_norm_h16(row, (k), (m)) - mean, (m))
ZCL_INLINE void zcl_norm_statistics(private struct zcl_norm_row* result, int cols, float eps) {
  const struct zcl_norm_row row = *result;
  float sum, squares;
  ZCL_SUM256_PIECES(sum, cols, ZCL_NORM_H, ZCL_ADD_VALUE);
  const float mean = sum / (float)cols;
  ZCL_SUM256_PIECES(squares, cols, ZCL_NORM_D, ZCL_ADD_SQUARE);
  result->mean = mean;
  result->rstd = zcl_rsqrt(squares / (float)cols + eps);
}

// The steps of a row for 16 elements from k on. Each runs in a loop over full pieces, n = 16, and
// once for what is left.
ZCL_INLINE void zcl_norm_step_h(struct zcl_norm_row row, global float* h, int k, int n) {
  zcl_store16(zcl_norm_h16(row, k, n), h + k, n);
}
ZCL_INLINE void zcl_norm_step_y(struct zcl_norm_row row, global float* y, int is_output, size_t at,
                                int k, int n) {
  const float16 v = zcl_norm_y16(row, k, n);
  zcl_store16(is_output ? ZCL_ELEMENT_F_16(v, at + k) : v, y + k, n);
}
ZCL_INLINE uint16 zcl_norm_step_max(struct zcl_norm_row row, int has_y, global const float* y,
                                    int k, int n) {
  return zcl_abs_bits_16(has_y ? zcl_load16(y + k, n) : zcl_mask16(zcl_norm_y16(row, k, n), n));
}
ZCL_INLINE void zcl_norm_step_code(struct zcl_norm_row row, int has_y, global const float* y,
                                   float r, global char* codes, int m,
                                   struct quantize_output out, size_t at, int k, int n) {
  const float16 v = has_y ? zcl_load16(y + k, n) : zcl_norm_y16(row, k, n);
  zcl_store_codes16(ZCL_ELEMENT_I_16(zcl_quant_code_16(v, r), at + k), codes, m, k, out.stride, out.layout,
                    n);
}

// Codes and scales of row m: of y where it was written, else of results computed anew.
static inline void zcl_norm_quantize(struct zcl_norm_row row, int m, global const float* matrix_y,
                                     global char* codes, global float* scales,
                                     struct layer_norm_args args) {
  const struct quantize_output out = args.out;
  const int cols = args.cols, has_y = args.write_y;
  const size_t at = (size_t)m * cols;
  global const float* y = matrix_y + at;
  for (int j = 0; j < out.groups; ++j) {
    const int first = j * out.group, end = min(cols, first + out.group);
    uint16 largest = 0;
    int k = first;
    for (; k + 16 <= end; k += 16)
      largest = max(largest, zcl_norm_step_max(row, has_y, y, k, 16));
    if (k < end) largest = max(largest, zcl_norm_step_max(row, has_y, y, k, end - k));
    float r, scale;
    zcl_quant_scale(zcl_max_16(largest), &r, &scale);
    scales[(size_t)m * out.groups + j] = scale;
    for (k = first; k + 16 <= end; k += 16)
      zcl_norm_step_code(row, has_y, y, r, codes, m, out, at, k, 16);
    if (k < end) zcl_norm_step_code(row, has_y, y, r, codes, m, out, at, k, end - k);
  }
  zcl_pad_codes(codes, m, cols, out.stride, out.layout);
}

// Row m up to y. `add`: h = x + residual, else h = x; `is_output`: y is the main output, not codes.
// Both are constants of the form; buffers that a form lacks may be anything. `result`, or y where
// it was written, is what zcl_norm_quantize reads. (Forms without codes do not name that function:
// `verify --inject` looks for what a kernel can reach. By pointer, since Oclgrind 21.10 cannot run
// what clang makes of an inlined function that returns a struct.)
static inline void zcl_layer_norm_row(
    private struct zcl_norm_row* result, int m, int add, int is_output, global const float* x,
    global const float* residual, global const float* gamma, global const float* beta,
    global float* sum, global float* y, struct layer_norm_args args) {
  const int cols = args.cols;
  const size_t at = (size_t)m * cols;
  struct zcl_norm_row row = {add, x + at, residual + at, gamma, beta, 0.0f, 0.0f};
  // h is computed once where an output can hold it; y's row is free until y is known.
  if (add && (args.write_sum || args.write_y)) {
    global float* h = (args.write_sum ? sum : y) + at;
    int k = 0;
    for (; k + 16 <= cols; k += 16) zcl_norm_step_h(row, h, k, 16);
    if (k < cols) zcl_norm_step_h(row, h, k, cols - k);
    row.add = 0;
    row.a = h;
  }
  zcl_norm_statistics(&row, cols, args.eps);
  if (args.write_y) {
    int k = 0;
    for (; k + 16 <= cols; k += 16) zcl_norm_step_y(row, y + at, is_output, at, k, 16);
    if (k < cols) zcl_norm_step_y(row, y + at, is_output, at, k, cols - k);
  }
  *result = row;
}
