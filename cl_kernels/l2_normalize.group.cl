// Operator: l2_normalize (NUMERICS.md 3.16)
// What:     y = x / max(|x|, 1e-12), by row, as a product with the reciprocal
// Buffers:  x f32 [M, K], y f32 [M, K], which may be x
// Args:     struct l2_normalize_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of l2_normalize.cl
#include "abi/l2_normalize.h"
#include "common/sum_tree.h"

#define L2_NORMALIZE_X(k) from[k]

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void l2_normalize_group(global const float* x, global float* y,
                        const struct l2_normalize_args args) {
  local float scratch[ZCL_TREE_SCRATCH_256];
  const size_t at = (size_t)get_group_id(0) * args.cols;
  const int i = get_local_id(0);
  global const float* from = x + at;
  float squares;
  ZCL_SUM256_LANE(squares, i, args.cols, L2_NORMALIZE_X, ZCL_ADD_SQUARE);
  const float norm = sqrt(zcl_tree_items_256(squares, i, scratch));
  const float factor = 1.0f / (L2_NORMALIZE_MIN > norm ? L2_NORMALIZE_MIN : norm);
  for (int k = i; k < args.cols; k += SUM_LANES)
    y[at + k] = ZCL_ELEMENT_F(from[k] * factor, at + k);
}
