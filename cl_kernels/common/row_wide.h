// A row and the 256 items of a work-group on NVIDIA, for few rows: a row is one load deep. Code
// that runs once a step is not in the unit's cache: what counts is how many instructions a row
// takes, and these are fewest where all items of a unit share a row out. Item i holds elements 4 i
// to 4 i + 3 of each 1024, a piece; elements that are none are +0. Rows of at most ROW_WARP_LIMIT
// elements, a multiple of 4, one scale a row.
#pragma once

#include "abi/layouts.h"
#include "abi/quantize_tokens.h"
#include "common/linear_wgmma_norm.h"  // wgmma_norm_each
#include "common/moments.h"
#include "common/nvidia_f16.h"
#include "common/nvidia_mma.h"  // shuffles
#include "common/nvidia_scale.h"
#include "common/nvidia_wgmma.h"  // wgmma_here
#include "common/sum_tree.h"

#define ROW_WIDE_ITEMS 256
#define ROW_WIDE_PIECE (4 * ROW_WIDE_ITEMS)  // elements
#define ROW_WIDE_PIECES (ROW_WARP_LIMIT / ROW_WIDE_PIECE)
#define ROW_WIDE_BLOCKS (ROW_WIDE_PIECE / MOMENTS_BLOCK)  // of a piece
#define ROW_WIDE_WARPS (ROW_WIDE_ITEMS / NVIDIA_WARP)

// Where warps meet: of each block the sum and the sum of squares, and of each warp the largest
// magnitude.
struct row_wide_turn {
  float2 blocks[ROW_WIDE_PIECES * ROW_WIDE_BLOCKS];
  uint largest[ROW_WIDE_WARPS];
};
// Of two rows in turn: what is written again has been read before the other row's barrier.
struct row_wide_memory {
  struct row_wide_turn turns[2] __attribute__((aligned(16)));
};

// The item's first element; what depends on it is not computed ahead of all steps.
static inline int row_wide_first() {
  return 4 * wgmma_here((int)get_local_id(0));
}
#define ROW_WIDE_AT(k, piece) ((k) + ROW_WIDE_PIECE * (piece))

static inline __attribute__((always_inline)) void row_wide_read(float4* held,
                                                                global const float* row,
                                                                const int k, const int cols,
                                                                const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
    if (i >= pieces) continue;
    const int at = ROW_WIDE_AT(k, i);
    held[i] = at < cols ? *(global const float4*)(row + at) : (float4)(0.0f);
  }
}

// The tree of sum256 over the items' sums; all get it.
static inline float row_wide_tree(float sum, local struct row_wide_turn* turn) {
  local float* const place = (local float*)turn->largest;
#pragma unroll
  for (int mask = 1; mask < 32; mask *= 2) sum = sum + nvidia_shuffle_xor(sum, mask);
  if ((int)get_local_id(0) % 32 == 0) place[(int)get_local_id(0) / 32] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  return zcl_tree_8((float8)(*(local const float4*)place, *(local const float4*)(place + 4)));
}

// The largest of all items' numbers.
static inline uint row_wide_max(const uint mine, local struct row_wide_turn* turn) {
  local uint* const place = turn->largest;
  const uint largest = nvidia_warp_max(mine);
  if ((int)get_local_id(0) % 32 == 0) place[(int)get_local_id(0) / 32] = largest;
  barrier(CLK_LOCAL_MEM_FENCE);
  return zcl_max_8((uint8)(*(local const uint4*)place, *(local const uint4*)(place + 4)));
}

// --- norm -----------------------------------------------------------------------------------

// 1 / elements of the item's block of each piece, and of the row; of a block +0 in columns that are
// none, as gamma and beta are: so are then y and what is squared, or all of the row is NaN.
struct row_wide_each {
  float of_block[ROW_WIDE_PIECES], of_row;
};
static inline __attribute__((always_inline)) struct row_wide_each row_wide_each_of(
    const int k, const int cols, const int pieces) {
  struct row_wide_each each;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
    if (i >= pieces) continue;
    const int at = ROW_WIDE_AT(k, i), count = zcl_block_count(at / MOMENTS_BLOCK, cols);
    each.of_block[i] = at < cols ? wgmma_norm_each(max(count, 1)) : 0.0f;
  }
  each.of_row = wgmma_norm_each(cols);
  return each;
}

// The sum of a block of which sixteen items have a four each, to them all.
static inline float row_wide_join(const float four) {
  float sum = four + nvidia_shuffle_xor(four, 4);
  sum = sum + nvidia_shuffle_xor(sum, 8);
  sum = sum + nvidia_shuffle_xor(sum, 1);
  return sum + nvidia_shuffle_xor(sum, 2);
}

// Mean and variance of a row from the sums of its blocks, `count` with those that are none, which
// are +0. A term of the chain B of a whole block is 64 e e, and here (8 e) (8 e): 8 e, a sum with
// one rounding of what is exact, has the fraction that e has, and is finite where e is. Only where
// the block's sum is below 2^-120, and a 64th of it not exact, e may be another; then either e is
// the mean alone, which no such sum reaches, or its square is too small to change B.
#define ROW_WIDE_ROOT 8  // of MOMENTS_BLOCK
static inline __attribute__((always_inline)) float2 row_wide_chains(local const float2* blocks,
                                                                    const int count, const int cols,
                                                                    const float of_row) {
  const int whole = (uint)cols / MOMENTS_BLOCK, rest = (uint)cols % MOMENTS_BLOCK;
  float sum = 0.0f, within = 0.0f, between = 0.0f;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES * ROW_WIDE_BLOCKS; ++i) {
    if (i >= count) continue;
    sum = sum + blocks[ZCL_ORDER(i, count)].x;
    within = within + blocks[ZCL_ORDER(i, count)].y;
  }
  const float mean = sum * of_row, less = -ROW_WIDE_ROOT * mean;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES * ROW_WIDE_BLOCKS; ++i) {
    if (i >= count) continue;
    const int b = ZCL_ORDER(i, count);
    const float e = fma(blocks[b].x, (float)ROW_WIDE_ROOT / MOMENTS_BLOCK, less);
    between = b < whole ? fma(e, e, between) : between;
  }
  if (rest != 0)
    between = zcl_between(between, blocks[whole].x * wgmma_norm_each(rest), mean, rest);
  return (float2)(mean, (within + between) * of_row);
}

// Layer norm of the row that is held, in place of it (norm64, NUMERICS.md 3.20).
static inline __attribute__((always_inline)) void row_wide_norm(float4* held, const float4* gamma,
                                                                const float4* beta,
                                                                const struct row_wide_each each,
                                                                const int k, const int cols,
                                                                const float eps, const int pieces,
                                                                local struct row_wide_turn* turn) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
    if (i >= pieces) continue;
    const float4 h = held[i];
    const float sum = row_wide_join(ZCL_FOUR(h.x, h.y, h.z, h.w));
    const float4 d = h - sum * each.of_block[i];
    const float squares = row_wide_join(ZCL_FOUR_SQUARES(d.x, d.y, d.z, d.w));
    if (k % MOMENTS_BLOCK == 0)
      turn->blocks[ROW_WIDE_AT(k, i) / MOMENTS_BLOCK] = (float2)(sum, squares);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const float2 moments = row_wide_chains(turn->blocks, ROW_WIDE_BLOCKS * pieces, cols, each.of_row);
  const float rstd = nvidia_rsqrt(moments.y + eps);
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
    if (i >= pieces) continue;
    const float own = ROW_WIDE_AT(k, i) < cols ? rstd : 0.0f;  // times the mean it may be infinite
    held[i] = fma((held[i] - moments.x) * own, gamma[i], beta[i]);
  }
}

// --- codes ----------------------------------------------------------------------------------

// Where the code of element k of row m lies, in elements.
static inline size_t row_wide_code_at(const int m, const int k, const struct quantize_output out) {
  return CODES_INDEX(out.layout, (uint)m, (uint)k, (uint)out.stride);
}

// Codes of four values from element `index` of the matrix on, to `at`. Values that are none are +0,
// and so are the padding's codes; `r`: 0 where all codes are.
static inline void row_wide_store_codes(const float4 v, const float r, global char* codes,
                                        const size_t at, const size_t index, const int layout) {
  const uint some = r == 0.0f ? 0 : 0xffffffffu;
  const uint4 bits = (uint4)(ZCL_CODE_BITS(v.x, r), ZCL_CODE_BITS(v.y, r), ZCL_CODE_BITS(v.z, r),
                             ZCL_CODE_BITS(v.w, r));
  if (layout == CODES_I16) {
    const uint4 q = bits & (some & 0xffff);
    *(global uint2*)((global short*)codes + at) =
        (uint2)(ZCL_ELEMENT_I(q.x, index) | q.y << 16, q.z | q.w << 16);
    return;
  }
  const uint flip = layout == CODES_U8 ? 0x80808080u : 0;  // + 128 of a byte
  const uint word = nvidia_low_bytes(bits.x, bits.y, bits.z, bits.w) & some;
  *(global uint*)(codes + at) = ZCL_ELEMENT_I(word, index) ^ flip;
}

// Codes and scale of row m from its values; the item's codes of a piece go to places[piece].
static inline __attribute__((always_inline)) void row_wide_quantize(
    const float4* held, const int m, const int k, const int cols, const int pieces,
    const size_t* places, global char* codes, global float* scales,
    const struct quantize_output out, local struct row_wide_turn* turn) {
  uint largest = 0;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
    if (i >= pieces) continue;
    const uint4 v = as_uint4(held[i]) & ABS_MASK;
    largest = max(largest, max(max(v.x, v.y), max(v.z, v.w)));
  }
  float r, scale;
  nvidia_quant_scale(row_wide_max(largest, turn), &r, &scale);
  if (k == 0) scales[m] = scale;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
    const int at = ROW_WIDE_AT(k, i);
    if (i < pieces && at < out.stride)
      row_wide_store_codes(held[i], r, codes, places[i], (size_t)m * cols + at, out.layout);
  }
}
