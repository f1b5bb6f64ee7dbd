// A row and a warp (NVIDIA): 32 work-items keep a whole row in registers and join through shuffles,
// so that no barrier and no local memory is needed. Lane t holds elements 256 i + 8 t .. + 7, which
// are lanes 8 t .. 8 t + 7 of sum256. Rows of at most ROW_WARP_NARROW elements (_wide:
// ROW_WARP_LIMIT), a multiple of 8; groups of a whole row, or of a power of two from 8 to 256
// (host/ops/launch.cpp chooses accordingly).
#pragma once

#include "abi/layouts.h"
#include "abi/quantize_tokens.h"
#include "common/elementary.h"
#include "common/nvidia_mma.h"  // shuffles
#include "common/sum_tree.h"

// Pieces of 256 elements that a lane holds its part of: constants of a kernel, since they decide
// its registers, and so how many rows a unit works on at a time.
#define ROW_WARP_PIECES (ROW_WARP_NARROW / SUM_LANES)
#define ROW_WARP_WIDE_PIECES (ROW_WARP_LIMIT / SUM_LANES)

static inline int row_warp_lane() {
  return (int)get_local_id(0) % 32;
}
// The row of the item's warp; the last may not exist.
static inline int row_warp_row() {
  return (int)get_group_id(0) * ROW_WARP_ROWS + (int)get_local_id(0) / 32;
}
// Where the lane's part of piece i begins.
static inline int row_warp_at(const int i) {
  return SUM_LANES * i + 8 * row_warp_lane();
}

// Eight elements that lie on 16 bytes: two loads.
static inline float8 row_warp_load(global const float* p) {
  return (float8)(*(global const float4*)p, *(global const float4*)(p + 4));
}
static inline void row_warp_store(const float8 v, global float* p) {
  *(global float4*)p = v.lo;
  *(global float4*)(p + 4) = v.hi;
}

// The row's elements, zeros past its end.
static inline __attribute__((always_inline)) void row_warp_read(float8* held,
                                                                global const float* row,
                                                                const int cols, const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i)
    if (i < pieces)
      held[i] = row_warp_at(i) < cols ? row_warp_load(row + row_warp_at(i)) : (float8)(0.0f);
}

// The tree of sum256 over the lanes' eight sums each; all lanes get it.
static inline float row_warp_tree(const float8 lanes) {
  float sum = zcl_tree_8(lanes);
#pragma unroll
  for (int mask = 1; mask < 32; mask *= 2) sum = sum + nvidia_shuffle_xor(sum, mask);
  return sum;
}

// The largest of `lanes` neighbouring lanes' numbers, a power of two.
static inline uint row_warp_max(uint mine, const int lanes) {
#pragma unroll
  for (int mask = 1; mask < 32; mask *= 2) {
    const uint other = as_uint(nvidia_shuffle_xor(as_float(mine), mask));
    if (mask < lanes) mine = max(mine, other);
  }
  return mine;
}

// Stores the codes of the lane's part of a piece.
static inline void row_warp_store_codes(const int8 q, global char* codes, const int m, const int k,
                                        const struct quantize_output out) {
  const size_t at = CODES_INDEX(out.layout, m, k, out.stride);
  if (out.layout == CODES_I16) {
    *(global short8*)((global short*)codes + at) = convert_short8(q);
    return;
  }
  const int flip = out.layout == CODES_U8 ? 0x80808080 : 0;  // + 128 of a byte
  const uint low = nvidia_low_bytes((uint)q.s0, (uint)q.s1, (uint)q.s2, (uint)q.s3);
  const uint high = nvidia_low_bytes((uint)q.s4, (uint)q.s5, (uint)q.s6, (uint)q.s7);
  *(global uint2*)(codes + at) = (uint2)(low ^ (uint)flip, high ^ (uint)flip);
}

// Codes, scales and padding of row m from the row's values in registers.
static inline __attribute__((always_inline)) void row_warp_quantize(
    const float8* held, const int m, const int cols, const int pieces, global char* codes,
    global float* scales, const struct quantize_output out) {
  const int whole = out.groups == 1;
  float r = 0.0f, scale;
  if (whole) {
    uint8 largest = 0;
#pragma unroll
    for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i)
      if (i < pieces) largest = max(largest, zcl_abs_bits_8(held[i]));
    zcl_quant_scale(row_warp_max(zcl_max_8(largest), 32), &r, &scale);
    if (row_warp_lane() == 0) scales[m] = scale;
  }
#pragma unroll
  for (int i = 0; i < ROW_WARP_WIDE_PIECES; ++i) {
    if (i >= pieces || SUM_LANES * i >= out.stride) continue;  // the same for all lanes
    const int k = row_warp_at(i);
    if (!whole) {
      const uint largest = row_warp_max(zcl_max_8(zcl_abs_bits_8(held[i])), out.group / 8);
      zcl_quant_scale(largest, &r, &scale);
      if (k % out.group == 0 && k < cols) scales[(size_t)m * out.groups + k / out.group] = scale;
    }
    const int8 q = zcl_quant_code_8(held[i], r);
    if (k < out.stride)
      row_warp_store_codes(k < cols ? ZCL_ELEMENT_I_8(q, (size_t)m * cols + k) : (int8)(0), codes,
                           m, k, out);
  }
}
