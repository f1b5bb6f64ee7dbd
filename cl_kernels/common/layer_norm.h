// One row of the layer_norm family for a single work-item (NUMERICS.md 3.7, 3.8); the forms differ
// in the null pointers that they pass.
#pragma once

#include "abi/layer_norm.h"
#include "common/elementary.h"
#include "common/row16.h"
#include "common/sum_tree.h"

// A row of h: a, or a + b where b is not null; with its statistics.
struct zcl_norm_row {
  global const float* a;
  global const float* b;
  global const float* gamma;
  global const float* beta;
  float mean;
  float rstd;
};

static inline float16 zcl_norm_h16(struct zcl_norm_row row, int k, int n) {
  const float16 h = zcl_load16(row.a + k, n);
  return row.b ? h + zcl_load16(row.b + k, n) : h;
}

// 16 results from k on; lanes past the row's end hold anything.
static inline float16 zcl_norm_y16(struct zcl_norm_row row, int k, int n) {
  const float16 d = zcl_norm_h16(row, k, n) - row.mean;
  return fma(d * row.rstd, zcl_load16(row.gamma + k, n), zcl_load16(row.beta + k, n));
}

#define ZCL_NORM_H16(k) zcl_norm_h16(row, (k), 16)
#define ZCL_NORM_H(k) (row.b ? row.a[k] + row.b[k] : row.a[k])
#define ZCL_NORM_D16(k) (zcl_norm_h16(row, (k), 16) - mean)
#define ZCL_NORM_D(k) ((row.b ? row.a[k] + row.b[k] : row.a[k]) - mean)
static inline struct zcl_norm_row zcl_norm_statistics(struct zcl_norm_row row, int cols, float eps) {
  float sum, squares;
  ZCL_SUM256_ROW(sum, cols, ZCL_NORM_H16, ZCL_NORM_H, ZCL_ADD_VALUE);
  const float mean = sum / (float)cols;
  ZCL_SUM256_ROW(squares, cols, ZCL_NORM_D16, ZCL_NORM_D, ZCL_ADD_SQUARE);
  row.mean = mean;
  row.rstd = zcl_rsqrt(squares / (float)cols + eps);
  return row;
}

// Codes and scales of row m: of y where it was written, else of results computed anew.
static inline void zcl_norm_quantize(struct zcl_norm_row row, global const float* y, int m,
                                     global char* codes, global float* scales, int cols,
                                     struct quantize_output out) {
  const size_t to = (size_t)m * out.stride;
  for (int j = 0; j < out.groups; ++j) {
    const int first = j * out.group, end = min(cols, first + out.group);
    uint16 largest = 0;
    for (int k = first; k < end; k += 16) {
      const float16 v = y ? zcl_load16(y + k, end - k)
                          : zcl_mask16(zcl_norm_y16(row, k, end - k), end - k);
      largest = max(largest, zcl_abs_bits_16(v));
    }
    float r, scale;
    zcl_quant_scale(zcl_max_16(largest), &r, &scale);
    scales[(size_t)m * out.groups + j] = scale;
    for (int k = first; k < end; k += 16) {
      const float16 v = y ? zcl_load16(y + k, end - k) : zcl_norm_y16(row, k, end - k);
      const int16 q = zcl_magic_code16(v, r);
      zcl_store_codes16(ZCL_ELEMENT_I_16(q, (size_t)m * cols + k), codes, to + k, out.layout,
                        end - k);
    }
  }
  zcl_pad_codes(codes, to, cols, out.stride, out.layout);
}

// Row m. residual null: h = x. codes null: y is the main output.
static inline void zcl_layer_norm_row(int m, global const float* x, global const float* residual,
                                      global const float* gamma, global const float* beta,
                                      global float* sum, global float* y, global char* codes,
                                      global float* scales, struct layer_norm_args args) {
  const int cols = args.cols;
  const size_t at = (size_t)m * cols;
  global float* h_out = args.write_sum ? sum + at : 0;
  global float* y_out = args.write_y ? y + at : 0;
  struct zcl_norm_row row = {x + at, residual ? residual + at : 0, gamma, beta, 0.0f, 0.0f};
  // h is computed once where an output can hold it; y's row is free until y is known.
  global float* h = h_out ? h_out : y_out;
  if (residual && h) {
    for (int k = 0; k < cols; k += 16)
      zcl_store16(zcl_norm_h16(row, k, cols - k), h + k, cols - k);
    row.a = h;
    row.b = 0;
  }
  row = zcl_norm_statistics(row, cols, args.eps);
  if (y_out) {
    for (int k = 0; k < cols; k += 16) {
      const float16 v = zcl_norm_y16(row, k, cols - k);
      zcl_store16(codes ? v : ZCL_ELEMENT_F_16(v, at + k), y_out + k, cols - k);
    }
  }
  if (codes) zcl_norm_quantize(row, y_out, m, codes, scales, cols, args.out);
}
