// What becomes of a tile's sums in the products on Hopper's tensor cores: which an item holds, the
// scales and biases that its outputs share, and helpers of the quads that hold a row.
#pragma once

#include "common/linear_wgmma.h"

// Which sums an item holds: sums[8 i + {0, 1, 4, 5}] are outputs 16 i + `column` .. + 3 of row
// `row` of the tile, sums[8 i + {2, 3, 6, 7}] those of row + 8 (WEIGHT_TILES_INDEX). What becomes
// of them stays in their order: the next tile's products want the same registers, in the same
// order.
static inline int wgmma_row(const int group) {
  const uint item = (uint)wgmma_here(get_local_id(0)) % WGMMA_ITEMS;
  return group * WGMMA_ROWS + (int)(item / 32 * 16 + item % 32 / 4);
}
static inline int wgmma_column() {
  return (int)((uint)get_local_id(0) % 4 * 4);
}
static inline int4 wgmma_upper(const int* sums) {
  return (int4)(sums[0], sums[1], sums[4], sums[5]);
}
static inline int4 wgmma_lower(const int* sums) {
  return wgmma_upper(sums + 2);
}

// Block i of 16 outputs, the sums as they are, of the item's two rows if they are there: to int
// [rows][outputs], from the item's place `to` on.
static inline void wgmma_store_sums(global int* to, const int i, const int* sums, const int outputs,
                                    const bool has_upper, const bool has_lower) {
  if (has_upper) *(global int4*)(to + 16 * i) = wgmma_upper(sums + 8 * i);
  if (has_lower) *(global int4*)(to + 8 * (size_t)outputs + 16 * i) = wgmma_lower(sums + 8 * i);
}

// v[n], v[n + 1] for an even n; past the last output some other output's.
static inline float2 wgmma_two(global const float* v, const int n, const int outputs) {
  if (outputs % 2 == 0) return *(global const float2*)(v + min(n, outputs - 2));
  return (float2)(v[min(n, outputs - 1)], v[min(n + 1, outputs - 1)]);
}
// v[n] .. v[n + 3] likewise, n a multiple of 4.
static inline float4 wgmma_four(global const float* v, const int n, const int outputs) {
  const int last = outputs - 1;
  if (outputs % 4 == 0) return *(global const float4*)(v + min(n, outputs - 4));
  return (float4)(v[min(n, last)], v[min(n + 1, last)], v[min(n + 2, last)], v[min(n + 3, last)]);
}

// What the outputs of a tile share, in local memory: for each four outputs their scales and their
// biases. Read from global memory in the epilogue, each would be waited for. An item fetches one of
// the two before the products and passes it on after them.
struct wgmma_pair {
  float4 scale, bias;
};
#define WGMMA_PAIRS(outputs) ((outputs) / 2)  // float4 of a consumer group
static inline float4 wgmma_fetch_pair(global const float* ws, global const float* bias,
                                      const int has_bias, const int n0, const int outputs) {
  const uint item = (uint)wgmma_here(get_local_id(0)) % WGMMA_ITEMS;
  if (item % 2 != 0 && !has_bias) return (float4)(0.0f);
  return wgmma_four(item % 2 == 0 ? ws : bias, n0 + (int)(item / 2 * 4), outputs);
}
// Every item of a consumer group calls it; nobody may still read what the pairs replace.
static inline void wgmma_share_pairs(local float4* pairs, const float4 mine,
                                     const struct wgmma_shape shape) {
  const uint item = (uint)wgmma_here(get_local_id(0)) % WGMMA_ITEMS;
  wgmma_group_sync();
  if (item < WGMMA_PAIRS(shape.outputs)) pairs[item] = mine;
  wgmma_group_sync();
}
// The pair of the item's outputs 16 i + column .. + 3.
static inline struct wgmma_pair wgmma_shared_pair(local const float4* pairs, const int i) {
  local const float4* const at = pairs + wgmma_column() / 2;
  const struct wgmma_pair pair = {at[8 * i], at[8 * i + 1]};
  return pair;
}

// Four of linear_w8a8's outputs of one row without groups along K (NUMERICS.md 3.5).
static inline float4 wgmma_scaled(const int4 sums, const float row_scale,
                                  const struct wgmma_pair pair) {
  return fma(convert_float4(sums) * row_scale, pair.scale, pair.bias);
}

// Eight values in place of their sums, in their order; and four of the upper and of the lower row.
static inline void wgmma_keep_eight(int* values, const float8 v) {
  values[0] = as_int(v.s0);
  values[1] = as_int(v.s1);
  values[2] = as_int(v.s2);
  values[3] = as_int(v.s3);
  values[4] = as_int(v.s4);
  values[5] = as_int(v.s5);
  values[6] = as_int(v.s6);
  values[7] = as_int(v.s7);
}
static inline void wgmma_keep(int* values, const float4 upper, const float4 lower) {
  wgmma_keep_eight(values, (float8)(upper.lo, lower.lo, upper.hi, lower.hi));
}
static inline float8 wgmma_kept(const int* values) {
  return as_float8((int8)(values[0], values[1], values[2], values[3], values[4], values[5],
                          values[6], values[7]));
}

// The largest magnitude over a quad, the four items that hold a row, of each of `count` (2 or 4)
// magnitudes; item q of the quad gets the (q mod count)-th.
static inline __attribute__((always_inline)) uint wgmma_quad_largest(const uint* v, const int count,
                                                                     const int q) {
  const bool odd = q % 2 != 0, high = q >= 2;
  const uint a = max(odd ? v[1] : v[0], nvidia_shuffle_xor_bits(odd ? v[0] : v[1], 1));
  if (count == 2) return max(a, nvidia_shuffle_xor_bits(a, 2));
  const uint b = max(odd ? v[3] : v[2], nvidia_shuffle_xor_bits(odd ? v[2] : v[3], 1));
  return max(high ? b : a, nvidia_shuffle_xor_bits(high ? a : b, 2));
}
// What the first `count` items of the quad have.
static inline __attribute__((always_inline)) void wgmma_quad_share(float* all, const float mine,
                                                                   const int count) {
#pragma unroll
  for (int i = 0; i < 4; ++i)
    if (i < count) all[i] = nvidia_quad_shuffle(mine, i);
}

// The codes of an item's four values (floats as bits) of one row, + 2 of the lower, for the
// reciprocal r of their scale.
static inline __attribute__((always_inline)) uint wgmma_codes(const int* values, const float r) {
  const uint four = nvidia_low_bytes(
      ZCL_CODE_BITS(as_float(values[0]), r), ZCL_CODE_BITS(as_float(values[1]), r),
      ZCL_CODE_BITS(as_float(values[4]), r), ZCL_CODE_BITS(as_float(values[5]), r));
  return r == 0.0f ? 0 : four;  // else codes of NaN and infinity are 0, too
}

// The codes of an item's rows m and m + 8, of columns n + 16 i to + 3, r the reciprocals of their
// scales: where the tile is CODES_TILE wide to local memory in the order of CODES_TILES (`line`:
// the item's place in a piece of row m), else to global memory.
static inline __attribute__((always_inline)) void wgmma_leave_codes(
    const int* values, const float* r, const int width, const int m, const int n, local char* line,
    global char* codes, const int rows, const int stride) {
#pragma unroll
  for (int i = 0; i < width / 16; ++i) {
    const int k = n + 16 * i;
    const uint upper = ZCL_ELEMENT_I(wgmma_codes(values + 8 * i, r[0]), m + k);
    const uint lower = wgmma_codes(values + 8 * i + 2, r[1]);
    if (width == CODES_TILE) {
      local char* const at = line + (i ^ (m % 8)) * 16;
      *(local uint*)at = upper;
      *(local uint*)(at + 8 * CODES_TILE) = lower;
      continue;
    }
    global char* const at = codes + CODES_TILES_INDEX(m, k, stride);
    if (k >= stride) continue;
    if (m < rows) *(global uint*)at = upper;
    if (m + 8 < rows) *(global uint*)(at + 8 * CODES_TILE) = lower;
  }
}
