// Operator: add_layer_norm_f16 (NUMERICS.md 3.20)
// What:     h = x + residual; y = layer_norm(h), and f16(y)
// Buffers:  x, residual ushort [M, K] in either layout, gamma, beta f32 [K], y f32 [M, K] or null,
// y16
//           ushort [M, K] in either layout or null
// Args:     struct layer_norm_f16_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; add_layer_norm_f16.group.cl for GPUs
#include "common/layer_norm_f16.h"

kernel void add_layer_norm_f16(global const ushort* x, global const ushort* residual,
                               global const float* gamma, global const float* beta, global float* y,
                               global ushort* y16, const struct layer_norm_f16_args args) {
  const struct layer_norm_f16_row row = {0, x, residual, (int)get_global_id(0)};
  layer_norm_f16_of(row, 1, gamma, beta, y, y16, args);
}
