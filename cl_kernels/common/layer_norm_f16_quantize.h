// One row of layer_norm_f16_quantize and add_layer_norm_f16_quantize for a single work-item
// (NUMERICS.md 3.29).
#pragma once

#include "abi/layer_norm_f16_quantize.h"
#include "common/layer_norm_f16.h"

// Stores n of 16 elements of a row.
ZCL_INLINE void layer_norm_f16_store16(const float16 v, global ushort* y, const int n) {
  const ushort16 bits = zcl_f16_bits_16(v);
  if (n >= 16) {
    ((global struct zcl_short16*)y)->v = as_short16(bits);
    return;
  }
  ushort piece[16];
  vstore16(bits, 0, piece);
  for (int i = 0; i < n; ++i) y[i] = piece[i];
}

// 16 elements of a group from k on, n of them the group's. y may be the residual: an element of it
// is stored when it has been read for the last time.
ZCL_INLINE uint16 layer_norm_f16_step_max(const struct layer_norm_f16_row row,
                                          private const float* held, const int k, const int n) {
  return zcl_abs_bits_16(zcl_mask16(layer_norm_f16_y(row, held, k, n), n));
}
ZCL_INLINE void layer_norm_f16_step_code(const struct layer_norm_f16_row row,
                                         private const float* held, const float r, global ushort* y,
                                         global char* codes, const struct quantize_output out,
                                         const int write_y, const int k, const int n) {
  const size_t at = (size_t)row.m * row.cols;
  const float16 v = layer_norm_f16_y(row, held, k, n);
  zcl_store_codes16(ZCL_ELEMENT_I_16(zcl_quant_code_16(v, r), at + k), codes, row.m, k, out.stride,
                    out.layout, n);
  if (write_y) layer_norm_f16_store16(v, y + at + k, n);
}

static inline void layer_norm_f16_quantize_of(struct layer_norm_f16_row row, global ushort* y,
                                              global char* codes, global float* scales,
                                              const struct layer_norm_f16_quantize_args args) {
  const struct quantize_output out = args.out;
  const int m = row.m, write_y = args.write_y;
  float held[LAYER_NORM_F16_HELD];
  layer_norm_f16_statistics(&row, held, args.eps);
  for (int j = 0; j < out.groups; ++j) {
    const int first = j * out.group, end = min(row.cols, first + out.group);
    uint16 largest = 0;
    int k = first;
    for (; k + 16 <= end; k += 16)
      largest = max(largest, layer_norm_f16_step_max(row, held, k, 16));
    if (k < end) largest = max(largest, layer_norm_f16_step_max(row, held, k, end - k));
    float r, scale;
    zcl_quant_scale(zcl_max_16(largest), &r, &scale);
    scales[(size_t)m * out.groups + j] = scale;
    for (k = first; k + 16 <= end; k += 16)
      layer_norm_f16_step_code(row, held, r, y, codes, out, write_y, k, 16);
    if (k < end) layer_norm_f16_step_code(row, held, r, y, codes, out, write_y, k, end - k);
  }
  zcl_pad_codes(codes, m, row.cols, out.stride, out.layout);
}
