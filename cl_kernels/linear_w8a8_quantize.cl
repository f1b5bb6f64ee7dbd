// Operator: linear_w8a8_quantize (NUMERICS.md 3.27)
// What:     codes of linear_w8a8's outputs, which stand in memory: rint(y * r) within +-127
// Buffers:  y f32 [M, N]; r f32 [N], reciprocals of the given scales; codes [M, stride] in one of
//           the layouts
// Args:     struct linear_w8a8_quantize_args; of the product rows and outputs alone
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; linear_w8a8_quantize.group.cl for GPUs, .wgmma.cl with the product for Hopper
// Source:   ZeroQuant-HERO, arXiv 2310.17723 (feature-wise quantization)
#include "common/given_scale.h"
#include "common/row16.h"

kernel void linear_w8a8_quantize(global const float* y, global const float* r, global char* codes,
                                 const struct linear_w8a8_quantize_args args) {
  const int m = get_global_id(0), outputs = args.linear.outputs;
  const size_t from = (size_t)m * outputs;
  for (int n = 0; n < outputs; n += 16) {
    const int left = outputs - n;
    const float16 v = zcl_load16(y + from + n, left) * zcl_load16(r + n, left);
    const float16 high = v > GIVEN_SCALE_LIMIT ? (float16)(GIVEN_SCALE_LIMIT) : v;
    const float16 kept = high < -GIVEN_SCALE_LIMIT ? (float16)(-GIVEN_SCALE_LIMIT) : high;
    const int16 q = v == v ? ZCL_RINT_INT(kept, as_int16, convert_int16) : (int16)(0);
    zcl_store_codes16(ZCL_ELEMENT_I_16(q, from + n), codes, m, n, args.stride, args.layout, left);
  }
  zcl_pad_codes(codes, m, outputs, args.stride, args.layout);
}
