// Operator: tanh (NUMERICS.md 3.9)
// What:     y = tanh(x)
// Buffers:  x f32 [count], y f32 [count], which may be x
// Args:     struct tanh_args
// Launch:   one work-item an element, work-groups of 256
// Variants: GPU shape of tanh.row.cl
#include "abi/tanh.h"
#include "common/elementary.h"

kernel void tanh_group(global const float* x, global float* y, const struct tanh_args args) {
  const size_t i = get_global_id(0);
  if (i >= args.count) return;
  const float v = x[i];
  y[i] = ZCL_ELEMENT_F(zcl_tanh(v), i);
}
