// Operator: quantize_tokens (NUMERICS.md 3.2)
// What:     each group of a row to codes rint(x * 127 / absmax) and the scale absmax / 127
// Buffers:  x f32 [M, K], codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct quantize_tokens_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; quantize_tokens.group.cl for GPUs
// Source:   ZeroQuant, arXiv 2206.01861, 3.2 (token-wise quantization)
#include "abi/quantize_tokens.h"
#include "common/row16.h"

kernel void quantize_tokens(global const float* x, global char* codes, global float* scales,
                            const struct quantize_tokens_args args) {
  const int row = get_global_id(0);
  const size_t from = (size_t)row * args.cols;
  for (int j = 0; j < args.out.groups; ++j) {
    const int first = j * args.out.group, end = min(args.cols, first + args.out.group);
    uint16 largest = 0;
    for (int k = first; k < end; k += 16)
      largest = max(largest, zcl_abs_bits_16(zcl_load16(x + from + k, end - k)));
    float r, scale;
    zcl_quant_scale(zcl_max_16(largest), &r, &scale);
    scales[(size_t)row * args.out.groups + j] = scale;
    for (int k = first; k < end; k += 16) {
      const int16 q = zcl_quant_code_16(zcl_load16(x + from + k, end - k), r);
      zcl_store_codes16(ZCL_ELEMENT_I_16(q, from + k), codes, row, k, args.out.stride,
                        args.out.layout, end - k);
    }
  }
  zcl_pad_codes(codes, row, args.cols, args.out.stride, args.out.layout);
}
