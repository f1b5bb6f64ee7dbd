// Operator: add_layer_norm_f16 (NUMERICS.md 3.20)
// What:     h = f16(x) + residual; y = layer_norm(h), and f16(y)
// Buffers:  x f32 [M, K], or as residual; residual ushort [M, K] in either layout, gamma, beta f32
//           [K], y f32 [M, K] or null, y16 ushort [M, K] in either layout or null
// Args:     struct layer_norm_f16_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; add_layer_norm_f16.group.cl for GPUs
#include "common/layer_norm_f16.h"

kernel void add_layer_norm_f16(global const void* x, global const ushort* residual,
                               global const float* gamma, global const float* beta, global float* y,
                               global ushort* y16, const struct layer_norm_f16_args args) {
  const struct layer_norm_f16_row row = {
      .form = args.x_f32 ? LAYER_NORM_F16_ADD_F32 : LAYER_NORM_F16_ADD,
      .m = get_global_id(0),
      .cols = args.cols,
      .x = (global const float*)x,
      .x16 = (global const ushort*)x,
      .residual = residual,
      .x_shape = args.x,
      .residual_shape = args.residual,
      .gamma = gamma,
      .beta = beta,
  };
  layer_norm_f16_of(row, y, y16, args);
}
