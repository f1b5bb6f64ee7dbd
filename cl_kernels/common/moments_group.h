// moments64 (NUMERICS.md 1.12) for a work-group of 256 items, over any expression of the element's
// index: item i has elements 4 i to 4 i + 3 of each 1024.
#pragma once

#include "common/moments.h"

#define ZCL_MOMENTS_SPAN 1024  // elements at a time
#define ZCL_MOMENTS_BLOCKS (ZCL_MOMENTS_SPAN / MOMENTS_BLOCK)
#define ZCL_MOMENTS_SCRATCH (256 + 2 * ZCL_MOMENTS_BLOCKS)  // floats of local memory

// Sums of the blocks of a span of which each item has a four, to `blocks`; the item's own block's
// is the result. Every item calls it, and reads `blocks` before it calls it again.
static inline float zcl_join_items(const float four, local float* fours, local float* blocks) {
  const int item = get_local_id(0);
  fours[item] = four;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (item < ZCL_MOMENTS_BLOCKS) blocks[item] = zcl_join_fours(vload16(item, fours));
  barrier(CLK_LOCAL_MEM_FENCE);
  return blocks[item / (MOMENTS_BLOCK / 4)];
}
// Distances of an item's four from k on from `mean`, +0 past the row's end.
static inline float4 zcl_four_distances(const float4 h, const float mean, const int k,
                                        const int n) {
  return select((float4)(0.0f), h - mean, (int4)(k) + (int4)(0, 1, 2, 3) < (int4)(n));
}
static inline float zcl_four_sum(const float4 h) {
  return ZCL_FOUR(h.x, h.y, h.z, h.w);
}
static inline float zcl_four_squares(const float4 d) {
  return ZCL_FOUR_SQUARES(d.x, d.y, d.z, d.w);
}

#define ZCL_MOMENTS_FOUR(k, n, VALUE)                                          \
  (float4)((k) < (n) ? VALUE(k) : 0.0f, (k) + 1 < (n) ? VALUE((k) + 1) : 0.0f, \
           (k) + 2 < (n) ? VALUE((k) + 2) : 0.0f, (k) + 3 < (n) ? VALUE((k) + 3) : 0.0f)

// Statement: `result` (a float2 variable) = mean and variance of VALUE(k), 0 <= k < n. The row is
// read twice. `scratch`: ZCL_MOMENTS_SCRATCH. (Absent blocks are never the item's own.)
#define ZCL_MOMENTS_ITEMS(result, n, VALUE, scratch)                                             \
  do {                                                                                           \
    const int zcl_n = (n), zcl_all = zcl_blocks(zcl_n);                                          \
    local float* const zcl_sums = (scratch) + 256;                                               \
    local float* const zcl_squares = zcl_sums + ZCL_MOMENTS_BLOCKS;                              \
    float zcl_sum = 0.0f, zcl_within = 0.0f, zcl_out = 0.0f;                                     \
    for (int zcl_b = 0; zcl_b < zcl_all; zcl_b += ZCL_MOMENTS_BLOCKS) {                          \
      const int zcl_k = zcl_b * MOMENTS_BLOCK + 4 * (int)get_local_id(0);                        \
      const float4 zcl_h = ZCL_MOMENTS_FOUR(zcl_k, zcl_n, VALUE);                                \
      const float zcl_own = zcl_join_items(zcl_four_sum(zcl_h), (scratch), zcl_sums);            \
      const float4 zcl_d = zcl_four_distances(                                                   \
          zcl_h, zcl_own * zcl_block_each(zcl_k / MOMENTS_BLOCK, zcl_n), zcl_k, zcl_n);          \
      zcl_join_items(zcl_four_squares(zcl_d), (scratch), zcl_squares);                           \
      const int zcl_here = min(ZCL_MOMENTS_BLOCKS, zcl_all - zcl_b);                             \
      for (int zcl_i = 0; zcl_i < zcl_here; ++zcl_i) {                                           \
        zcl_sum = zcl_sum + zcl_sums[ZCL_ORDER(zcl_i, zcl_here)];                                \
        zcl_within = zcl_within + zcl_squares[ZCL_ORDER(zcl_i, zcl_here)];                       \
      }                                                                                          \
    }                                                                                            \
    const float zcl_each = 1.0f / (float)zcl_n, zcl_mean = zcl_sum * zcl_each;                   \
    for (int zcl_b = 0; zcl_b < zcl_all; zcl_b += ZCL_MOMENTS_BLOCKS) {                          \
      const int zcl_k = zcl_b * MOMENTS_BLOCK + 4 * (int)get_local_id(0);                        \
      const float4 zcl_h = ZCL_MOMENTS_FOUR(zcl_k, zcl_n, VALUE);                                \
      zcl_join_items(zcl_four_sum(zcl_h), (scratch), zcl_sums);                                  \
      const int zcl_here = min(ZCL_MOMENTS_BLOCKS, zcl_all - zcl_b);                             \
      for (int zcl_i = 0; zcl_i < zcl_here; ++zcl_i) {                                           \
        const int zcl_at = ZCL_ORDER(zcl_i, zcl_here);                                           \
        const int zcl_count = zcl_block_count(zcl_b + zcl_at, zcl_n);                            \
        zcl_out = zcl_between(zcl_out, zcl_sums[zcl_at] * zcl_block_each(zcl_b + zcl_at, zcl_n), \
                              zcl_mean, zcl_count);                                              \
      }                                                                                          \
    }                                                                                            \
    (result) = (float2)(zcl_mean, (zcl_within + zcl_out) * zcl_each);                            \
  } while (0)
