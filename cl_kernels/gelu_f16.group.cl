// Operator: gelu_f16 (NUMERICS.md 3.21)
// What:     y = f16(gelu_fine(x)), attribute form
// Buffers:  x f32 [M, K], y ushort [M, K] in either layout
// Args:     struct gelu_f16_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of gelu_f16.cl
#include "abi/gelu_f16.h"
#include "common/elementary.h"
#include "common/f16.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void gelu_f16_group(
    global const float* x, global ushort* y, const struct gelu_f16_args args) {
  const int m = get_group_id(0);
  for (int k = get_local_id(0); k < args.y.stride; k += 256) {
    const size_t at = (size_t)m * args.cols + k;
    uint bits = 0;
    if (k < args.cols) {
      const float v = x[at];
      const float r = args.form == GELU_ERF ? zcl_gelu_fine_erf(v) : zcl_gelu_fine_tanh(v);
      bits = ZCL_ELEMENT_I((uint)zcl_f16_bits(r), at);
    }
    y[F16_INDEX(args.y.layout, m, k, args.y.stride)] = (ushort)bits;
  }
}
