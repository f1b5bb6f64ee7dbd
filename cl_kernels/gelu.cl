// Operator: gelu (NUMERICS.md 3.9)
// What:     y = gelu(x), attribute form
// Buffers:  x f32 [count], y f32 [count], which may be x
// Args:     struct gelu_args
// Launch:   one work-item 1024 elements, local size 1
// Variants: CPU shape; gelu.group.cl for GPUs
#include "abi/gelu.h"
#include "common/elementary.h"
#include "common/row16.h"

kernel void gelu(global const float* x, global float* y, const struct gelu_args args) {
  const size_t first = (size_t)get_global_id(0) * 1024;
  const int count = (int)min((size_t)1024, args.count - first);
  for (int i = 0; i < count; i += 16) {
    const float16 v = zcl_load16(x + first + i, count - i);
    const float16 r = args.form == GELU_ERF ? zcl_gelu_erf_16(v) : zcl_gelu_tanh_16(v);
    zcl_store16(ZCL_ELEMENT_F_16(r, first + i), y + first + i, count - i);
  }
}
