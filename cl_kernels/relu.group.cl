// Operator: relu (NUMERICS.md 3.9)
// What:     y = x > 0 ? x : +0; NaN stays NaN
// Buffers:  x f32 [count], y f32 [count], which may be x
// Args:     struct relu_args
// Launch:   one work-item an element, work-groups of 256
// Variants: GPU shape of relu.cl
#include "abi/relu.h"
#include "common/elementary.h"

kernel void relu_group(global const float* x, global float* y, const struct relu_args args) {
  const size_t i = get_global_id(0);
  if (i >= args.count) return;
  const float v = x[i];
  y[i] = ZCL_ELEMENT_F(zcl_relu(v), i);
}
