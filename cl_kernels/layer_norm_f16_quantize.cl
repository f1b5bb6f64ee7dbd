// Operator: layer_norm_f16_quantize (NUMERICS.md 3.29)
// What:     n = layer_norm(x); y = f16(n); codes and scales = quantize_tokens(n)
// Buffers:  x f32 [M, K], gamma, beta f32 [K], y ushort [M, K] or null, codes [M, stride] in one
//           of the layouts, scales f32 [M, groups]
// Args:     struct layer_norm_f16_quantize_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; layer_norm_f16_quantize.group.cl for GPUs
#include "common/layer_norm_f16_quantize.h"

kernel void layer_norm_f16_quantize(global const float* x, global const float* gamma,
                                    global const float* beta, global ushort* y, global char* codes,
                                    global float* scales,
                                    const struct layer_norm_f16_quantize_args args) {
  const struct layer_norm_f16_row row = {
      .form = LAYER_NORM_F16_PLAIN,
      .m = get_global_id(0),
      .cols = args.cols,
      .x = x,
      .gamma = gamma,
      .beta = beta,
  };
  layer_norm_f16_quantize_of(row, y, codes, scales, args);
}
