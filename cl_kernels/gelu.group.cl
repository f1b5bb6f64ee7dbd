// Operator: gelu (NUMERICS.md 3.9)
// What:     y = gelu(x), attribute form
// Buffers:  x f32 [count], y f32 [count], which may be x
// Args:     struct gelu_args
// Launch:   one work-item an element, work-groups of 256
// Variants: GPU shape of gelu.cl
#include "abi/gelu.h"
#include "common/elementary.h"

kernel void gelu_group(global const float* x, global float* y, const struct gelu_args args) {
  const size_t i = get_global_id(0);
  if (i >= args.count) return;
  const float v = x[i];
  y[i] = ZCL_ELEMENT_F(args.form == GELU_ERF ? zcl_gelu_erf(v) : zcl_gelu_tanh(v), i);
}
