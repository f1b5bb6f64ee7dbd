// Operator: tanh (NUMERICS.md 3.9)
// What:     y = tanh(x)
// Buffers:  x f32 [count], y f32 [count], which may be x
// Args:     struct tanh_args
// Launch:   one work-item 1024 elements, local size 1
// Variants: CPU shape; tanh.group.cl for GPUs
// Name:     has a suffix because OpenCL C has a function tanh, which no kernel may redefine
#include "abi/tanh.h"
#include "common/elementary.h"
#include "common/row16.h"

kernel void tanh_row(global const float* x, global float* y, const struct tanh_args args) {
  const size_t first = (size_t)get_global_id(0) * 1024;
  const int count = (int)min((size_t)1024, args.count - first);
  for (int i = 0; i < count; i += 16) {
    const float16 v = zcl_load16(x + first + i, count - i);
    const float16 r = zcl_tanh_16(v);
    zcl_store16(ZCL_ELEMENT_F_16(r, first + i), y + first + i, count - i);
  }
}
