// Operator: dequantize (NUMERICS.md 3.4)
// What:     y = float(code) * scale of the element's row and group
// Buffers:  codes [M, K] in one of the layouts, scales f32 [M, groups], y f32 [M, K]
// Args:     struct dequantize_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; dequantize.group.cl for GPUs
#include "abi/dequantize.h"
#include "common/inject.h"
#include "common/row16.h"

kernel void dequantize(global const char* codes, global const float* scales, global float* y,
                       const struct dequantize_args args) {
  const int row = get_global_id(0);
  const size_t to = (size_t)row * args.cols;
  for (int j = 0; j < args.groups; ++j) {
    const float scale = ZCL_SCALE(scales[(size_t)row * args.groups + j]);
    const int first = j * args.group, end = min(args.cols, first + args.group);
    for (int k = first; k < end; k += 16) {
      const int16 q = zcl_load_codes16(codes, row, k, args.stride, args.layout, end - k);
      const float16 v = convert_float16(q) * scale;
      zcl_store16(ZCL_ELEMENT_F_16(v, to + k), y + to + k, end - k);
    }
  }
}
