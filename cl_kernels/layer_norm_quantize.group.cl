// Operator: layer_norm_quantize (NUMERICS.md 3.8)
// What:     y = layer_norm(x); codes and scales = quantize_tokens(y)
// Buffers:  x f32 [M, K], gamma f32 [K], beta f32 [K], y f32 [M, K] or null, which may be x,
//           codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct layer_norm_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of layer_norm_quantize.cl
#include "common/layer_norm_group.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void layer_norm_quantize_group(global const float* x, global const float* gamma,
                               global const float* beta, global float* y, global char* codes,
                               global float* scales, const struct layer_norm_args args) {
  local float sums[ZCL_TREE_SCRATCH_256];
  local uint maxima[ROW_SEGMENT_SCRATCH];
  const int m = get_group_id(0);
  float held[ROW_REGISTERS];
  struct row_source row;
  layer_norm_group_row(&row, m, 0, 0, x, x, gamma, beta, y, y, args, held, sums);
  barrier(CLK_GLOBAL_MEM_FENCE);
  row_quantize(row, held, m, args.cols, codes, scales, args.out, maxima);
}
