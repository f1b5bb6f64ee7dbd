// sum256 of NUMERICS.md 1.5 for three launch shapes, over any expression of the element's index:
//   CPU, a work-item a row             ZCL_SUM256_ROW
//   GPU, 256 work-items a row          ZCL_SUM256_LANE,  then zcl_tree_items_256
//   GPU, 32 work-items x 8 lanes       ZCL_SUM256_LANES8, then zcl_tree_items_32
// ADD(acc, v) is ZCL_ADD_VALUE for sum(v) or ZCL_ADD_SQUARE for sum(fma: v, v). VALUE(i) is element
// i as a float; VALUE8(i) and VALUE16(i) are elements i .. i+7 and i .. i+15 as a vector, called
// only where all of these are below n. Lanes past the end may take +0 through ADD: a lane starts at
// +0 and so is never -0, and adding +0 to anything else changes nothing.
#pragma once

#include "abi/numerics.h"
#include "common/numeric.h"

#define ZCL_ADD_VALUE(acc, v) ((acc) + (v))
#define ZCL_ADD_SQUARE(acc, v) fma((v), (v), (acc))

// One round of the tree: lane' i = lane 2i + lane 2i+1. Injected: lane i + lane i + half.
#ifdef ZCL_INJECT_ORDER
#define ZCL_FOLD(v) ((v).lo + (v).hi)
#else
#define ZCL_FOLD(v) ((v).even + (v).odd)
#endif

static inline float zcl_tree_8(float8 lanes) {
  const float4 a = ZCL_FOLD(lanes);
  const float2 b = ZCL_FOLD(a);
  return ZCL_FOLD(b);
}
static inline float zcl_tree_16(float16 lanes) { return zcl_tree_8(ZCL_FOLD(lanes)); }
static inline float16 zcl_fold_32(float16 low, float16 high) {
  return (float16)(ZCL_FOLD(low), ZCL_FOLD(high));
}
// lane[v] holds lanes 16 v .. 16 v + 15.
static inline float zcl_tree_256(private const float16* lane) {
  float16 sum[8];
#pragma unroll
  for (int v = 0; v < 8; ++v) sum[v] = zcl_fold_32(lane[2 * v], lane[2 * v + 1]);
#pragma unroll
  for (int v = 0; v < 4; ++v) sum[v] = zcl_fold_32(sum[2 * v], sum[2 * v + 1]);
  return zcl_tree_16(zcl_fold_32(zcl_fold_32(sum[0], sum[1]), zcl_fold_32(sum[2], sum[3])));
}

// Statement: `result` (a float variable) = sum256 over 0 <= i < n.
#define ZCL_SUM256_ROW(result, n, VALUE16, VALUE, ADD)                                     \
  do {                                                                                     \
    const int zcl_n = (n);                                                                 \
    float16 zcl_lane[SUM_LANES / 16];                                                      \
    _Pragma("unroll") for (int zcl_v = 0; zcl_v < SUM_LANES / 16; ++zcl_v)                 \
        zcl_lane[zcl_v] = (float16)(0.0f);                                                 \
    int zcl_i = 0;                                                                         \
    for (; zcl_i + SUM_LANES <= zcl_n; zcl_i += SUM_LANES) {                               \
      _Pragma("unroll") for (int zcl_v = 0; zcl_v < SUM_LANES / 16; ++zcl_v)               \
          zcl_lane[zcl_v] = ADD(zcl_lane[zcl_v], VALUE16(zcl_i + 16 * zcl_v));             \
    }                                                                                      \
    _Pragma("unroll") for (int zcl_v = 0; zcl_v < SUM_LANES / 16; ++zcl_v) {               \
      const int zcl_at = zcl_i + 16 * zcl_v;                                               \
      if (zcl_at + 16 <= zcl_n) {                                                          \
        zcl_lane[zcl_v] = ADD(zcl_lane[zcl_v], VALUE16(zcl_at));                           \
      } else if (zcl_at < zcl_n) {                                                         \
        float zcl_tail[16] = {0.0f};                                                       \
        for (int zcl_k = zcl_at; zcl_k < zcl_n; ++zcl_k)                                   \
          zcl_tail[zcl_k - zcl_at] = VALUE(zcl_k);                                         \
        zcl_lane[zcl_v] = ADD(zcl_lane[zcl_v], vload16(0, zcl_tail));                      \
      }                                                                                    \
    }                                                                                      \
    (result) = zcl_tree_256(zcl_lane);                                                     \
  } while (0)

// Statement: `acc` (a float variable) = the sum of lane `lane` of 256.
#define ZCL_SUM256_LANE(acc, lane, n, VALUE, ADD)                                          \
  do {                                                                                     \
    const int zcl_n = (n);                                                                 \
    (acc) = 0.0f;                                                                          \
    for (int zcl_i = (lane); zcl_i < zcl_n; zcl_i += SUM_LANES)                            \
      (acc) = ADD((acc), VALUE(zcl_i));                                                    \
  } while (0)

// Statement: `acc` (a float8 variable) = the sums of lanes 8 item .. 8 item + 7; item below 32.
#define ZCL_SUM256_LANES8(acc, item, n, VALUE8, VALUE, ADD)                                \
  do {                                                                                     \
    const int zcl_n = (n);                                                                 \
    (acc) = (float8)(0.0f);                                                                \
    for (int zcl_i = 8 * (item); zcl_i < zcl_n; zcl_i += SUM_LANES) {                      \
      if (zcl_i + 8 <= zcl_n) {                                                            \
        (acc) = ADD((acc), VALUE8(zcl_i));                                                 \
      } else {                                                                             \
        float zcl_tail[8] = {0.0f};                                                        \
        for (int zcl_k = zcl_i; zcl_k < zcl_n; ++zcl_k)                                    \
          zcl_tail[zcl_k - zcl_i] = VALUE(zcl_k);                                          \
        (acc) = ADD((acc), vload8(0, zcl_tail));                                           \
      }                                                                                    \
    }                                                                                      \
  } while (0)

// Local memory that the joins below need, in floats a row.
#define ZCL_TREE_SCRATCH_32 32
#define ZCL_TREE_SCRATCH_256 (SUM_LANES + 32)

// Joins 32 work-items of 8 lanes each; all get the sum. Every work-item of the work-group must call
// it (it has barriers); with several rows a work-group, each row has a scratch of its own.
static inline float zcl_tree_items_32(float8 lanes, int item, local float* scratch) {
  scratch[item] = zcl_tree_8(lanes);
  barrier(CLK_LOCAL_MEM_FENCE);
  const float sum = zcl_tree_16(zcl_fold_32(vload16(0, scratch), vload16(1, scratch)));
  barrier(CLK_LOCAL_MEM_FENCE);  // scratch may be written again
  return sum;
}

// Joins 256 work-items of one lane each; all get the sum. Barriers as above.
static inline float zcl_tree_items_256(float acc, int lane, local float* scratch) {
  scratch[lane] = acc;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (lane < 32) scratch[SUM_LANES + lane] = zcl_tree_8(vload8(lane, scratch));
  barrier(CLK_LOCAL_MEM_FENCE);
  local const float* eighths = scratch + SUM_LANES;
  const float sum = zcl_tree_16(zcl_fold_32(vload16(0, eighths), vload16(1, eighths)));
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}
