// Operator: l2_normalize (NUMERICS.md 3.16)
// What:     y = x / max(|x|, 1e-12), by row, as a product with the reciprocal
// Buffers:  x f32 [M, K], y f32 [M, K], which may be x
// Args:     struct l2_normalize_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; l2_normalize.group.cl for GPUs
#include "abi/l2_normalize.h"
#include "common/row16.h"

#define L2_NORMALIZE_X(k, m) zcl_load16(from + (k), (m))

kernel void l2_normalize(global const float* x, global float* y,
                         const struct l2_normalize_args args) {
  const size_t at = (size_t)get_global_id(0) * args.cols;
  global const float* from = x + at;
  float squares;
  ZCL_SUM256_PIECES(squares, args.cols, L2_NORMALIZE_X, ZCL_ADD_SQUARE);
  const float norm = sqrt(squares);
  const float factor = 1.0f / (L2_NORMALIZE_MIN > norm ? L2_NORMALIZE_MIN : norm);
  for (int k = 0; k < args.cols; k += 16) {
    const float16 v = zcl_load16(from + k, args.cols - k) * factor;
    zcl_store16(ZCL_ELEMENT_F_16(v, at + k), y + at + k, args.cols - k);
  }
}
