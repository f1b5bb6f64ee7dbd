// Operator: add_layer_norm (NUMERICS.md 3.8)
// What:     h = x + residual; y = layer_norm(h)
// Buffers:  x f32 [M, K], residual f32 [M, K], gamma f32 [K], beta f32 [K], sum f32 [M, K] or null,
//           y f32 [M, K]; sum or y may be x or residual
// Args:     struct layer_norm_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of add_layer_norm.cl
#include "common/layer_norm_group.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void add_layer_norm_group(global const float* x, global const float* residual,
                          global const float* gamma, global const float* beta,
                          global float* sum, global float* y, const struct layer_norm_args args) {
  local float sums[ZCL_TREE_SCRATCH_256];
  const int m = get_group_id(0);
  float held[ROW_REGISTERS];
  struct row_source row;
  layer_norm_group_row(&row, m, 1, 1, x, residual, gamma, beta, sum, y, args, held, sums);
}
