// Operator: linear_w8a8_quantize (NUMERICS.md 3.27)
// What:     codes of linear_w8a8's outputs, which stand in memory: rint(y * r) within +-127
// Buffers:  y f32 [M, N]; r f32 [N], reciprocals of the given scales; codes [M, stride] in one of
//           the layouts
// Args:     struct linear_w8a8_quantize_args; of the product rows and outputs alone
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of linear_w8a8_quantize.cl
// Source:   ZeroQuant-HERO, arXiv 2310.17723 (feature-wise quantization)
#include "common/codes.h"
#include "common/given_scale.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void linear_w8a8_quantize_group(global const float* y, global const float* r, global char* codes,
                                const struct linear_w8a8_quantize_args args) {
  const int m = get_group_id(0), outputs = args.linear.outputs;
  for (int n = get_local_id(0); n < args.stride; n += 256) {
    const size_t at = (size_t)m * outputs + n;
    const int q = n < outputs ? ZCL_ELEMENT_I(zcl_given_code(y[at], r[n]), at) : 0;
    zcl_store_code(q, codes, m, n, args.stride, args.layout);
  }
}
