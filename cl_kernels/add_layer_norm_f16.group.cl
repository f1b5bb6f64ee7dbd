// Operator: add_layer_norm_f16 (NUMERICS.md 3.20)
// What:     h = f16(x) + residual; y = layer_norm(h), and f16(y)
// Buffers:  x f32 [M, K], or as residual; residual ushort [M, K] in either layout, gamma, beta f32
//           [K], y f32 [M, K] or null, y16 ushort [M, K] in either layout or null
// Args:     struct layer_norm_f16_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of add_layer_norm_f16.cl
#include "common/layer_norm_f16_group.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void add_layer_norm_f16_group(
    global const void* x, global const ushort* residual, global const float* gamma,
    global const float* beta, global float* y, global ushort* y16,
    const struct layer_norm_f16_args args) {
  local float sums[ZCL_MOMENTS_SCRATCH];
  const struct layer_norm_f16_group_row row = {(global const float*)x, (global const ushort*)x,
                                               residual, (int)get_group_id(0)};
  layer_norm_f16_group_of(row, 1, gamma, beta, y, y16, args, sums);
}
