// Operator: add_layer_norm_f16_quantize (NUMERICS.md 3.29)
// What:     n = layer_norm(f16(x) + residual); y = f16(n); codes and scales = quantize_tokens(n)
// Buffers:  x f32 [M, K], residual ushort [M, K], gamma, beta f32 [K], y ushort [M, K] or null, may
//           be residual; codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct layer_norm_f16_quantize_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of add_layer_norm_f16_quantize.cl
#include "common/layer_norm_f16_quantize_group.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void add_layer_norm_f16_quantize_group(
    global const float* x, global const ushort* residual, global const float* gamma,
    global const float* beta, global ushort* y, global char* codes, global float* scales,
    const struct layer_norm_f16_quantize_args args) {
  local float sums[ZCL_MOMENTS_SCRATCH];
  local uint maxima[ROW_SEGMENT_SCRATCH];
  layer_norm_f16_quantize_group_of(get_group_id(0), ROW_SUM_F16, x, residual, gamma, beta, y, codes,
                                   scales, args, sums, maxima);
}
