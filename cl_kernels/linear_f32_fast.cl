// Operator: linear_f32_fast (NUMERICS.md 3.6)
// What:     y[m,n] = bias[n], to which CLBlast then adds the product
// Buffers:  bias float [N]; y float [M, y_stride]
// Args:     struct linear_f32_args
// Launch:   global (N, M), any local size
// Variants: none
// Not here: the product; its order of sums is CLBlast's, so its bits are not defined
#include "abi/linear_f32.h"

kernel void linear_f32_fast(global const float* bias, global float* y,
                            const struct linear_f32_args args) {
  const size_t n = get_global_id(0);
  const size_t m = get_global_id(1);
  y[m * args.y_stride + n] = bias[n];
}
