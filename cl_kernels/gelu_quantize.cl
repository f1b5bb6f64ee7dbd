// Operator: gelu_quantize (NUMERICS.md 3.9)
// What:     quantize_tokens(gelu_coarse(x)); the float result is not written
// Buffers:  x f32 [M, K], codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct gelu_quantize_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; gelu_quantize.group.cl for GPUs
#include "abi/gelu.h"
#include "common/elementary.h"
#include "common/row16.h"

// Pieces of 16 results kept between the two passes over a group: 16 KiB, half of an L1 cache.
// What a longer group has beyond them is computed twice.
#define GELU_QUANTIZE_KEPT 256

static inline float16 gelu_quantize_load16(global const float* x, int form, int n) {
  const float16 v = zcl_load16(x, n);
  return form == GELU_ERF ? zcl_gelu_coarse_erf_16(v) : zcl_gelu_coarse_tanh_16(v);
}

kernel void gelu_quantize(global const float* x, global char* codes, global float* scales,
                          const struct gelu_quantize_args args) {
  const int row = get_global_id(0);
  const size_t from = (size_t)row * args.cols;
  float16 kept[GELU_QUANTIZE_KEPT];
  for (int j = 0; j < args.out.groups; ++j) {
    const int first = j * args.out.group, end = min(args.cols, first + args.out.group);
    uint16 largest = 0;
    for (int k = first, piece = 0; k < end; k += 16, ++piece) {
      const float16 v = gelu_quantize_load16(x + from + k, args.form, end - k);
      largest = max(largest, zcl_abs_bits_16(v));  // gelu(0) = 0: lanes past the end don't count
      if (piece < GELU_QUANTIZE_KEPT) kept[piece] = v;
    }
    float r, scale;
    zcl_quant_scale(zcl_max_16(largest), &r, &scale);
    scales[(size_t)row * args.out.groups + j] = scale;
    for (int k = first, piece = 0; k < end; k += 16, ++piece) {
      const float16 v = piece < GELU_QUANTIZE_KEPT
                            ? kept[piece]
                            : gelu_quantize_load16(x + from + k, args.form, end - k);
      const int16 q = zcl_quant_code_16(v, r);
      zcl_store_codes16(ZCL_ELEMENT_I_16(q, from + k), codes, row, k, args.out.stride,
                        args.out.layout, end - k);
    }
  }
  zcl_pad_codes(codes, row, args.cols, args.out.stride, args.out.layout);
}
