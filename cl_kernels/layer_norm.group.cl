// Operator: layer_norm (NUMERICS.md 3.7)
// What:     y = (x - mean) / sqrt(var + eps) * gamma + beta, by row
// Buffers:  x f32 [M, K], gamma f32 [K], beta f32 [K], y f32 [M, K], which may be x
// Args:     struct layer_norm_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of layer_norm.cl
#include "common/layer_norm_group.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void layer_norm_group(global const float* x, global const float* gamma, global const float* beta,
                      global float* y, const struct layer_norm_args args) {
  local float sums[ZCL_TREE_SCRATCH_256];
  const int m = get_group_id(0);
  float held[ROW_REGISTERS];
  struct row_source row;
  layer_norm_group_row(&row, m, 0, 1, x, x, gamma, beta, y, y, args, held, sums);
}
