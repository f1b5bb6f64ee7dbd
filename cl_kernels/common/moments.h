// moments64 of NUMERICS.md 1.12: mean and variance of a row in blocks of 64.
#pragma once

#include "abi/numerics.h"
#include "common/inject.h"
#include "common/numeric.h"

// Four neighbours, of any vector type. Injected: from the other end.
#ifdef ZCL_INJECT_ORDER
#define ZCL_FOUR(a, b, c, d) ((((d) + (c)) + (b)) + (a))
#define ZCL_FOUR_SQUARES(a, b, c, d) fma((a), (a), fma((b), (b), fma((c), (c), (d) * (d))))
#else
#define ZCL_FOUR(a, b, c, d) ((((a) + (b)) + (c)) + (d))
#define ZCL_FOUR_SQUARES(a, b, c, d) fma((d), (d), fma((c), (c), fma((b), (b), (a) * (a))))
#endif

// The rounds over a block's sixteen fours.
static inline float zcl_join_fours(const float16 fours) {
  const float4 quads = (fours.s0123 + fours.s4567) + (fours.s89ab + fours.scdef);
  const float2 pairs = quads.even + quads.odd;
  return pairs.x + pairs.y;
}

// Elements of block b of a row of n.
static inline int zcl_block_count(const int b, const int n) {
  return min(MOMENTS_BLOCK, n - MOMENTS_BLOCK * b);
}
// What its mean is its sum times; anything where there is no such block.
static inline float zcl_block_each(const int b, const int n) {
  const int count = zcl_block_count(b, n);
  return count == MOMENTS_BLOCK ? 1.0f / MOMENTS_BLOCK : 1.0f / (float)max(count, 1);
}
static inline int zcl_blocks(const int n) {
  return (n + MOMENTS_BLOCK - 1) / MOMENTS_BLOCK;
}
// One more block of the row's chain B.
static inline float zcl_between(const float between, const float block_mean, const float mean,
                                const int count) {
  const float e = block_mean - mean;
  return fma((float)count * e, e, between);
}
