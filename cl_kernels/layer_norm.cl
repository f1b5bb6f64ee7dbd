// Operator: layer_norm (NUMERICS.md 3.7)
// What:     y = (x - mean) / sqrt(var + eps) * gamma + beta, by row
// Buffers:  x f32 [M, K], gamma f32 [K], beta f32 [K], y f32 [M, K], which may be x
// Args:     struct layer_norm_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; layer_norm.group.cl for GPUs
#include "common/layer_norm.h"

kernel void layer_norm(global const float* x, global const float* gamma, global const float* beta,
                       global float* y, const struct layer_norm_args args) {
  const int m = get_global_id(0);
  struct zcl_norm_row row;
  zcl_layer_norm_row(&row, m, 0, 1, x, x, gamma, beta, y, y, args);
}
