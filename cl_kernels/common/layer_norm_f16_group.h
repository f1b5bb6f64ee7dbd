// One row of layer_norm_f16 and add_layer_norm_f16 for a work-group of 256 items
// (NUMERICS.md 3.20). Rows are read again for each of their three passes.
#pragma once

#include "abi/layer_norm_f16.h"
#include "common/elementary.h"
#include "common/f16.h"
#include "common/moments_group.h"

struct layer_norm_f16_group_row {
  global const float* x;  // the form without residual, or where args.x_f32 says so
  global const ushort* x16;
  global const ushort* residual;
  int m;
};

static inline float layer_norm_f16_group_h(const struct layer_norm_f16_group_row row, const int add,
                                           const int k, const struct layer_norm_f16_args* args) {
  const size_t at = (size_t)row.m * args->cols + k;
  if (!add) return row.x[at];
  const ushort x = args->x_f32 ? zcl_f16_bits(row.x[at])
                               : row.x16[F16_INDEX(args->x.layout, row.m, k, args->x.stride)];
  return zcl_f16_float(x) +
         zcl_f16_float(
             row.residual[F16_INDEX(args->residual.layout, row.m, k, args->residual.stride)]);
}

#define LAYER_NORM_F16_GROUP_H(k) layer_norm_f16_group_h(row, add, (k), &args)
static inline void layer_norm_f16_group_of(const struct layer_norm_f16_group_row row, const int add,
                                           global const float* gamma, global const float* beta,
                                           global float* y, global ushort* y16,
                                           const struct layer_norm_f16_args args,
                                           local float* scratch) {
  const int item = get_local_id(0), cols = args.cols;
  float2 moments;
  ZCL_MOMENTS_ITEMS(moments, cols, LAYER_NORM_F16_GROUP_H, scratch);
  const float rstd = zcl_rsqrt(moments.y + args.eps);
  const int end = args.write_y16 ? max(cols, args.y16.stride) : cols;
  for (int k = item; k < end; k += 256) {
    const size_t at = (size_t)row.m * cols + k;
    float v = 0.0f;
    if (k < cols) v = fma((LAYER_NORM_F16_GROUP_H(k) - moments.x) * rstd, gamma[k], beta[k]);
    if (args.write_y && k < cols) y[at] = ZCL_ELEMENT_F(v, at);
    if (args.write_y16) {
      const uint bits = zcl_f16_bits(v);
      y16[F16_INDEX(args.y16.layout, row.m, k, args.y16.stride)] =
          (ushort)(k < cols ? ZCL_ELEMENT_I(bits, at) : 0u);
    }
  }
}
