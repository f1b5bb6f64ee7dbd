// A row and the 256 items of a work-group on NVIDIA, for few rows: a row is one load deep and takes
// eight times fewer instructions of each warp than in row_warp.h, which needs no barrier and is
// better where warps have rows enough. Item i holds elements 4 i to 4 i + 3 of each 1024.
// Rows of at most ROW_WARP_LIMIT elements, a multiple of 4, one scale a row.
#pragma once

#include "abi/layouts.h"
#include "abi/quantize_tokens.h"
#include "common/elementary.h"
#include "common/moments.h"
#include "common/nvidia_f16.h"
#include "common/nvidia_mma.h"  // shuffles
#include "common/sum_tree.h"

#define ROW_WIDE_ITEMS 256
#define ROW_WIDE_ALL 8  // elements of an item: rows of up to 2048
#define ROW_WIDE_HALF 4
#define ROW_WIDE_BLOCKS (ROW_WIDE_ITEMS * ROW_WIDE_ALL / MOMENTS_BLOCK)
// Local memory where warps meet, for each of two rows in turn: sums of blocks, sums of their
// squares, and of each warp the largest magnitude. What is written again has been read before the
// other row's barrier.
#define ROW_WIDE_WARPS (ROW_WIDE_ITEMS / 32)
#define ROW_WIDE_TURN (2 * ROW_WIDE_BLOCKS + ROW_WIDE_WARPS)
#define ROW_WIDE_SHARED (2 * ROW_WIDE_TURN)

static inline int row_wide_at(const int i) {
  return 4 * ROW_WIDE_ITEMS * (i / 4) + 4 * (int)get_local_id(0) + i % 4;
}

// The row's elements, zeros past its end.
static inline __attribute__((always_inline)) void row_wide_read(float* held,
                                                                global const float* row,
                                                                const int cols, const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; i += 4) {
    if (i >= pieces) continue;
    const float4 four =
        row_wide_at(i) < cols ? *(global const float4*)(row + row_wide_at(i)) : (float4)(0.0f);
    held[i] = four.x;
    held[i + 1] = four.y;
    held[i + 2] = four.z;
    held[i + 3] = four.w;
  }
}
static inline __attribute__((always_inline)) void row_wide_write(const float* held,
                                                                 global float* row, const int cols,
                                                                 const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; i += 4)
    if (i < pieces && row_wide_at(i) < cols)
      *(global float4*)(row + row_wide_at(i)) =
          (float4)(held[i], held[i + 1], held[i + 2], held[i + 3]);
}

// The same of f16, two in a word, which become floats later: no load is waited for here.
static inline __attribute__((always_inline)) void row_wide_read_f16(uint* held,
                                                                    global const ushort* row,
                                                                    const int cols,
                                                                    const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; i += 4) {
    if (i >= pieces) continue;
    const uint2 four =
        row_wide_at(i) < cols ? *(global const uint2*)(row + row_wide_at(i)) : (uint2)(0);
    held[i / 2] = four.x;
    held[i / 2 + 1] = four.y;
  }
}
static inline __attribute__((always_inline)) void row_wide_write_f16(const float* held,
                                                                     global ushort* row,
                                                                     const int cols,
                                                                     const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; i += 4)
    if (i < pieces && row_wide_at(i) < cols)
      *(global uint2*)(row + row_wide_at(i)) =
          (uint2)(nvidia_halves(held[i], held[i + 1]), nvidia_halves(held[i + 2], held[i + 3]));
}
// h = f16(x) + residual, in place of x.
static inline __attribute__((always_inline)) void row_wide_add_f16(float* held,
                                                                   const uint* residual,
                                                                   const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; i += 2) {
    if (i >= pieces) continue;
    const float2 x = nvidia_floats(nvidia_halves(held[i], held[i + 1]));
    const float2 h = x + nvidia_floats(residual[i / 2]);
    held[i] = h.x;
    held[i + 1] = h.y;
  }
}

// The tree of sum256 over the items' sums; all get it. `place`: ROW_WIDE_WARPS words.
static inline float row_wide_tree(float sum, local float* place) {
#pragma unroll
  for (int mask = 1; mask < 32; mask *= 2) sum = sum + nvidia_shuffle_xor(sum, mask);
  if ((int)get_local_id(0) % 32 == 0) place[(int)get_local_id(0) / 32] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  return zcl_tree_8((float8)(*(local const float4*)place, *(local const float4*)(place + 4)));
}

// The largest of all items' numbers.
static inline uint row_wide_max(const uint mine, local float* place) {
  const uint largest = nvidia_warp_max(mine);
  if ((int)get_local_id(0) % 32 == 0) place[(int)get_local_id(0) / 32] = as_float(largest);
  barrier(CLK_LOCAL_MEM_FENCE);
  return zcl_max_8((uint8)(*(local const uint4*)place, *(local const uint4*)(place + 4)));
}

// The sum of a block of which sixteen items have a four each, to them all and to `place`, a word a
// block.
static inline float row_wide_join(const float four, local float* place) {
  float sum = four + nvidia_shuffle_xor(four, 4);
  sum = sum + nvidia_shuffle_xor(sum, 8);
  sum = sum + nvidia_shuffle_xor(sum, 1);
  sum = sum + nvidia_shuffle_xor(sum, 2);
  if ((int)get_local_id(0) % 16 == 0) place[(int)get_local_id(0) / 16] = sum;
  return sum;
}

// Mean and variance of the row that is held (moments64, NUMERICS.md 1.12).
static inline __attribute__((always_inline)) float2 row_wide_moments(
    const float* held, const int cols, const int pieces, local float* sums, local float* squares) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; i += 4) {
    if (i >= pieces) continue;
    const int k = row_wide_at(i);
    const int at = ROW_WIDE_ITEMS * i / MOMENTS_BLOCK;
    const float mean =
        row_wide_join(ZCL_FOUR(held[i], held[i + 1], held[i + 2], held[i + 3]), sums + at) *
        zcl_block_each(k / MOMENTS_BLOCK, cols);
    const float4 d =
        k < cols ? (float4)(held[i], held[i + 1], held[i + 2], held[i + 3]) - mean : (float4)(0.0f);
    row_wide_join(ZCL_FOUR_SQUARES(d.x, d.y, d.z, d.w), squares + at);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  float sum = 0.0f, within = 0.0f, between = 0.0f;
  const int blocks = zcl_blocks(cols);
#pragma unroll 4
  for (int i = 0; i < blocks; ++i) {
    sum = sum + sums[ZCL_ORDER(i, blocks)];
    within = within + squares[ZCL_ORDER(i, blocks)];
  }
  const float each = 1.0f / (float)cols, mean = sum * each;
#pragma unroll 4
  for (int i = 0; i < blocks; ++i) {
    const int b = ZCL_ORDER(i, blocks), count = zcl_block_count(b, cols);
    const float block_mean = sums[b] * zcl_block_each(b, cols);
    between = zcl_between(between, block_mean, mean, count);
  }
  return (float2)(mean, (within + between) * each);
}

// Layer norm of the row that is held, in place of it (norm64, NUMERICS.md 3.20). `turn`: 0 and 1
// for rows in turn.
static inline __attribute__((always_inline)) void row_wide_norm(float* held, const int turn,
                                                                const float* gamma,
                                                                const float* beta, const int cols,
                                                                const float eps, const int pieces,
                                                                local float* shared) {
  local float* const sums = shared + turn * ROW_WIDE_TURN;
  const float2 moments = row_wide_moments(held, cols, pieces, sums, sums + ROW_WIDE_BLOCKS);
  const float rstd = zcl_rsqrt(moments.y + eps);
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces && row_wide_at(i) < cols)
      held[i] = fma((held[i] - moments.x) * rstd, gamma[i], beta[i]);
}

// Stores the codes of four neighbours from k on.
static inline void row_wide_store_codes(const int4 q, global char* codes, const int m, const int k,
                                        const struct quantize_output out) {
  const size_t at = CODES_INDEX(out.layout, m, k, out.stride);
  const uint flip = out.layout == CODES_U8 ? 0x80808080u : 0;  // + 128 of a byte
  if (out.layout == CODES_I16)
    *(global short4*)((global short*)codes + at) = convert_short4(q);
  else
    *(global uint*)(codes + at) =
        nvidia_low_bytes((uint)q.x, (uint)q.y, (uint)q.z, (uint)q.w) ^ flip;
}

// Codes, scale and padding of row m from its values. `turn`: 0 and 1 for rows in turn.
static inline __attribute__((always_inline)) void row_wide_quantize(
    const float* held, const int m, const int turn, const int cols, const int pieces,
    global char* codes, global float* scales, const struct quantize_output out,
    local float* shared) {
  uint largest = 0;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; ++i)
    if (i < pieces) largest = max(largest, zcl_abs_bits(held[i]));
  local float* const place = shared + turn * ROW_WIDE_TURN + 2 * ROW_WIDE_BLOCKS;
  float r, scale;
  zcl_quant_scale(row_wide_max(largest, place), &r, &scale);
  if (get_local_id(0) == 0) scales[m] = scale;
#pragma unroll
  for (int i = 0; i < ROW_WIDE_ALL; i += 4) {
    const int k = row_wide_at(i);
    if (i >= pieces || k >= out.stride) continue;
    int4 q = 0;  // the padding's
    if (k < cols) {
      q = (int4)(zcl_quant_code(held[i], r), zcl_quant_code(held[i + 1], r),
                 zcl_quant_code(held[i + 2], r), zcl_quant_code(held[i + 3], r));
      q.x = ZCL_ELEMENT_I(q.x, (size_t)m * cols + k);
    }
    row_wide_store_codes(q, codes, m, k, out);
  }
}
