// Products on Hopper's tensor cores with groups along K (NUMERICS.md 3.5): what follows the sums of
// each group, for linear_w8a8.wgmma.cl and its fused forms. One team of consumer groups: while one
// folds a group's sums into its outputs, the other's products run.
#pragma once

#include "common/linear_wgmma_outputs.h"

// y += group j's sums: the next link of the chain of fma, which begins with the bias.
static inline __attribute__((always_inline)) void wgmma_fold(float* y, const int* sums,
                                                             const bool begins, const float upper,
                                                             const float lower,
                                                             const struct wgmma_shape shape,
                                                             local const float4* pairs) {
#pragma unroll
  for (int i = 0; i < shape.outputs / 16; ++i) {
    const struct wgmma_pair pair = wgmma_shared_pair(pairs, i);
    float* const at = y + 8 * i;
    const struct wgmma_pair top = {pair.scale,
                                   begins ? pair.bias : (float4)(at[0], at[1], at[4], at[5])};
    const struct wgmma_pair bottom = {pair.scale,
                                      begins ? pair.bias : (float4)(at[2], at[3], at[6], at[7])};
    const float4 v = wgmma_scaled(wgmma_upper(sums + 8 * i), upper, top);
    const float4 w = wgmma_scaled(wgmma_lower(sums + 8 * i), lower, bottom);
    at[0] = v.x;
    at[1] = v.y;
    at[2] = w.x;
    at[3] = w.y;
    at[4] = v.z;
    at[5] = v.w;
    at[6] = w.z;
    at[7] = w.w;
  }
}

// The float outputs of an item's places in a tile (in the order of wgmma_sums' sums), groups along
// K in turn. `pairs`: of the consumer group, memory that nothing else uses.
static inline __attribute__((always_inline)) void wgmma_outputs_of_groups(
    int* sums, float* y, private struct wgmma_ring* ring, const struct wgmma_shape shape,
    const struct wgmma_tile tile, local float4* pairs, global const float* xs,
    global const float* ws, global const float* bias, const struct linear_w8a8_args args) {
  const int group = wgmma_team_group(shape), last = args.rows - 1;
  const int steps = wgmma_steps(args.inputs), span = wgmma_steps(args.group);
  const int m = tile.m + wgmma_row(group);
  global const float* const upper_scales = xs + (size_t)min(m, last) * args.x_groups;
  global const float* const lower_scales = xs + (size_t)min(m + 8, last) * args.x_groups;
  int w_group = -1;
  for (int i = 0; i < args.groups; ++i) {
    const int j = ZCL_ORDER(i, args.groups);
    const float upper = ZCL_SCALE(upper_scales[j / args.x_span]);
    const float lower = ZCL_SCALE(lower_scales[j / args.x_span]);
    const bool other_scales = j / args.w_span != w_group;
    float4 next = 0.0f;
    if (other_scales) {
      w_group = j / args.w_span;
      next = wgmma_fetch_pair(ws + (size_t)w_group * args.outputs, bias, i == 0 && args.has_bias,
                              tile.n, args.outputs);
    }
    wgmma_sums(sums, ring, shape, group, min(span, steps - j * span));
    if (other_scales) wgmma_share_pairs(pairs, next, shape);
    if (i == 0)
      wgmma_fold(y, sums, true, upper, lower, shape, pairs);
    else
      wgmma_fold(y, sums, false, upper, lower, shape, pairs);
  }
}
