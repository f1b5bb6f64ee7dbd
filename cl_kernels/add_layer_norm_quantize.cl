// Operator: add_layer_norm_quantize (NUMERICS.md 3.8)
// What:     h = x + residual; y = layer_norm(h); codes and scales = quantize_tokens(y)
// Buffers:  x f32 [M, K], residual f32 [M, K], gamma f32 [K], beta f32 [K], sum f32 [M, K] or null,
//           y f32 [M, K] or null; sum or y may be x or residual;
//           codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct layer_norm_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; add_layer_norm_quantize.group.cl for GPUs
#include "common/layer_norm.h"

kernel void add_layer_norm_quantize(global const float* x, global const float* residual,
                                    global const float* gamma, global const float* beta,
                                    global float* sum, global float* y, global char* codes,
                                    global float* scales, const struct layer_norm_args args) {
  const int m = get_global_id(0);
  struct zcl_norm_row row;
  zcl_layer_norm_row(&row, m, 1, 0, x, residual, gamma, beta, sum, y, args);
  zcl_norm_quantize(row, m, y, codes, scales, args);
}
