// Operator: add_layer_norm (NUMERICS.md 3.8)
// What:     h = x + residual; y = layer_norm(h)
// Buffers:  x f32 [M, K], residual f32 [M, K], gamma f32 [K], beta f32 [K], sum f32 [M, K] or null,
//           y f32 [M, K]; sum or y may be x or residual
// Args:     struct layer_norm_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; add_layer_norm.group.cl for GPUs
#include "common/layer_norm.h"

kernel void add_layer_norm(global const float* x, global const float* residual,
                           global const float* gamma, global const float* beta,
                           global float* sum, global float* y, const struct layer_norm_args args) {
  const int m = get_global_id(0);
  struct zcl_norm_row row;
  zcl_layer_norm_row(&row, m, 1, 1, x, residual, gamma, beta, sum, y, args);
}
