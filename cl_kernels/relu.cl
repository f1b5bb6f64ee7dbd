// Operator: relu (NUMERICS.md 3.9)
// What:     y = x > 0 ? x : +0; NaN stays NaN
// Buffers:  x f32 [count], y f32 [count], which may be x
// Args:     struct relu_args
// Launch:   one work-item 1024 elements, local size 1
// Variants: CPU shape; relu.group.cl for GPUs
#include "abi/relu.h"
#include "common/elementary.h"
#include "common/row16.h"

kernel void relu(global const float* x, global float* y, const struct relu_args args) {
  const size_t first = (size_t)get_global_id(0) * 1024;
  const int count = (int)min((size_t)1024, args.count - first);
  for (int i = 0; i < count; i += 16) {
    const float16 v = zcl_load16(x + first + i, count - i);
    const float16 r = zcl_relu_16(v);
    zcl_store16(ZCL_ELEMENT_F_16(r, first + i), y + first + i, count - i);
  }
}
