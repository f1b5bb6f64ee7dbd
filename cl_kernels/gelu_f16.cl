// Operator: gelu_f16 (NUMERICS.md 3.21)
// What:     y = f16(gelu_fine(x)), attribute form
// Buffers:  x f32 [M, K], y ushort [M, K] in either layout
// Args:     struct gelu_f16_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; gelu_f16.group.cl for GPUs
#include "abi/gelu_f16.h"
#include "common/elementary.h"
#include "common/f16.h"
#include "common/row16.h"

kernel void gelu_f16(global const float* x, global ushort* y, const struct gelu_f16_args args) {
  const int m = get_global_id(0), cols = args.cols;
  const size_t at = (size_t)m * cols;
  for (int k = 0; k < cols; k += 16) {
    const float16 v = zcl_load16(x + at + k, cols - k);
    const float16 r = args.form == GELU_ERF ? zcl_gelu_fine_erf_16(v) : zcl_gelu_fine_tanh_16(v);
    zcl_f16_store16(r, y, args.y, m, k, cols - k, k + 16 >= cols, at + k);
  }
}
