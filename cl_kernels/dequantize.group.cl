// Operator: dequantize (NUMERICS.md 3.4)
// What:     y = float(code) * scale of the element's row and group
// Buffers:  codes [M, K] in one of the layouts, scales f32 [M, groups], y f32 [M, K]
// Args:     struct dequantize_args
// Launch:   one work-group of 128 items a row
// Variants: GPU shape of dequantize.cl
#include "abi/dequantize.h"
#include "common/codes.h"
#include "common/inject.h"

#pragma OPENCL FP_CONTRACT OFF

kernel void dequantize_group(global const char* codes, global const float* scales, global float* y,
                             const struct dequantize_args args) {
  const int row = get_group_id(0);
  const size_t to = (size_t)row * args.cols;
  for (int k = get_local_id(0); k < args.cols; k += get_local_size(0)) {
    const float scale = ZCL_SCALE(scales[(size_t)row * args.groups + k / args.group]);
    const float v = (float)zcl_load_code(codes, row, k, args.stride, args.layout) * scale;
    y[to + k] = ZCL_ELEMENT_F(v, to + k);
  }
}
