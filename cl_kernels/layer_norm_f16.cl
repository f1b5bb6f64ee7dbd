// Operator: layer_norm_f16 (NUMERICS.md 3.20)
// What:     y = layer_norm(x), and f16(y)
// Buffers:  x f32 [M, K], gamma, beta f32 [K], y f32 [M, K] or null, y16 ushort [M, K] in either
//           layout or null
// Args:     struct layer_norm_f16_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; layer_norm_f16.group.cl for GPUs
#include "common/layer_norm_f16.h"

kernel void layer_norm_f16(global const float* x, global const float* gamma,
                           global const float* beta, global float* y, global ushort* y16,
                           const struct layer_norm_f16_args args) {
  const struct layer_norm_f16_row row = {
      .form = LAYER_NORM_F16_PLAIN,
      .m = get_global_id(0),
      .cols = args.cols,
      .x = x,
      .gamma = gamma,
      .beta = beta,
  };
  layer_norm_f16_of(row, y, y16, args);
}
