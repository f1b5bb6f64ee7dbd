// What follows the sums of a tile in linear_w8a8_add_layer_norm_f16_quantize's kernels on Hopper's
// tensor cores: h, mean and variance of its rows, y, codes and scales, all of it in the registers
// that the sums were in. Consumer groups that hold parts of the same rows meet twice: when each has
// the moments of its blocks of 64 columns (NUMERICS.md 1.12), and when each has the largest
// magnitudes of y.
#pragma once

#include "abi/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "common/elementary.h"
#include "common/linear_wgmma_meeting.h"
#include "common/linear_wgmma_outputs.h"
#include "common/moments.h"
#include "common/nvidia_f16.h"
#include "common/nvidia_scale.h"

// Bytes of local memory of a consumer group: what its columns share (WGMMA_NORM_VECTORS), and then,
// of a tile CODES_TILE wide, its codes.
#define WGMMA_NORM_STAGING(width) \
  ((width) == CODES_TILE ? WGMMA_ROWS * CODES_TILE : WGMMA_NORM_VECTORS(width) * 16)

// What a consumer group reads beside the sums, and what it writes.
struct wgmma_norm_memory {
  global const ushort* residual;
  global const float* gamma;
  global const float* beta;
  global float* partials;
  global ushort* y;
  global char* codes;
  global float* scales;
};

// The 64 rows of a consumer group and its item's part of them: its upper row is m, its lower m + 8,
// of which `row` is its own when it comes to numbers of a row; its columns are n + 16 i to + 3.
struct wgmma_norm_part {
  int width;  // outputs of the tile: a constant
  int first;  // of the group's rows
  int m, n, row;
  int left;  // outputs from n on
  int q;     // which of the four items that share rows
};
static inline struct wgmma_norm_part wgmma_norm_part_of(const struct wgmma_tile tile,
                                                        const struct wgmma_shape shape,
                                                        const int outputs) {
  const int group = wgmma_team_group(shape), n = tile.n + wgmma_column();
  const int m = tile.m + wgmma_row(group), q = wgmma_here((int)get_local_id(0)) % 4;
  const struct wgmma_norm_part part = {
      shape.outputs, tile.m + group * WGMMA_ROWS, m, n, m + q % 2 * 8, outputs - n, q};
  return part;
}
// --- what the columns share -----------------------------------------------------------------
// In local memory, of each four columns: scales, biases, gamma and beta, each kind together. An
// item fetches a four of one of them before the products and passes it on after them. In columns
// that are none all are +0, and so are h (their weights are 0) and y; or the whole row is NaN.
#define WGMMA_NORM_VECTORS(width) (width)  // float4 of a consumer group
static inline float4 wgmma_norm_fetch(const struct wgmma_norm_memory at, global const float* ws,
                                      global const float* bias, const int has_bias,
                                      const struct wgmma_tile tile, const int width,
                                      const int outputs) {
  const int item = wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS, kind = item / (width / 4);
  const int n = tile.n + item % (width / 4) * 4;
  if (n >= outputs || kind > 3 || (kind == 1 && !has_bias)) return (float4)(0.0f);
  global const float* const from = kind == 0   ? ws
                                   : kind == 1 ? bias
                                   : kind == 2 ? at.gamma
                                               : at.beta;
  return *(global const float4*)(from + n);
}
// Every item of a consumer group calls it; nobody may still read what the vectors replace.
static inline void wgmma_norm_share(local float4* vectors, const float4 mine, const int width) {
  const int item = wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS;
  wgmma_group_sync();
  if (item < WGMMA_NORM_VECTORS(width)) vectors[item] = mine;
  wgmma_group_sync();
}
// Of the item's columns n + 16 i to + 3.
static inline __attribute__((always_inline)) struct wgmma_pair wgmma_norm_pair(
    local const float4* vectors, const int width, const int i) {
  local const float4* const at = vectors + wgmma_column() / 4 + 4 * i;
  const struct wgmma_pair pair = {at[0], at[width / 4]};
  return pair;
}

// --- h --------------------------------------------------------------------------------------
// Asks for the group's part of the residual, so that it lies in the cache when it comes to sums.
static inline void wgmma_norm_ask_ahead(const struct wgmma_norm_part part,
                                        global const ushort* residual,
                                        const struct linear_w8a8_args a) {
  const int item = wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS, lines = part.width / 64;
  const int m = part.first + item / lines, n = part.n - wgmma_column() + item % lines * 64;
  if (item < lines * WGMMA_ROWS && m < a.rows && n < a.outputs)
    nvidia_prefetch(residual + (size_t)m * a.outputs + n);
}

// A block of columns after another: what is done with one stands between branches, or compilers mix
// all of a tile, for which there are no registers. A block that is none has zeros, from the sums
// on.
#define WGMMA_NORM_BLOCK (MOMENTS_BLOCK / 16)  // i of a block
static inline bool wgmma_norm_has(const struct wgmma_norm_part part, const int b) {
  return part.left + wgmma_column() > MOMENTS_BLOCK * b;
}

// Residuals of the item's columns 16 i and so on of a block, i from `first` on: of the upper row
// and of the lower in turn; +0 in columns that are none, of rows past the last something. All are
// under way together.
static inline __attribute__((always_inline)) void wgmma_norm_read(uint2* words,
                                                                  const struct wgmma_norm_part part,
                                                                  const int first,
                                                                  global const ushort* residual,
                                                                  const struct linear_w8a8_args a) {
  const int last = a.rows - 1, outputs = wgmma_here(a.outputs);
  global const ushort* const upper = residual + (size_t)min(part.m, last) * outputs + part.n;
  global const ushort* const lower = residual + (size_t)min(part.m + 8, last) * outputs + part.n;
#pragma unroll
  for (int i = 0; i < WGMMA_NORM_BLOCK; ++i) {
    const int at = 16 * (first + i);
    words[2 * i] = nvidia_load_two_early_if((global const uint2*)(upper + at), at < part.left);
    words[2 * i + 1] = nvidia_load_two_early_if((global const uint2*)(lower + at), at < part.left);
  }
}

// f16(v) + residual.
static inline __attribute__((always_inline)) float4 wgmma_norm_add(const float4 v,
                                                                   const uint2 residual) {
  const float4 rounded =
      (float4)(nvidia_floats(nvidia_halves(v.x, v.y)), nvidia_floats(nvidia_halves(v.z, v.w)));
  return rounded + (float4)(nvidia_floats(residual.x), nvidia_floats(residual.y));
}
// h of a block, i from `first` on, in place of its sums.
static inline __attribute__((always_inline)) void wgmma_norm_h_block(
    int* sums, const uint2* words, const struct wgmma_norm_part part, const int first,
    const float upper, const float lower, local const float4* vectors) {
#pragma unroll
  for (int i = 0; i < WGMMA_NORM_BLOCK; ++i) {
    int* const eight = sums + 8 * (first + i);
    const struct wgmma_pair pair = wgmma_norm_pair(vectors, part.width, first + i);
    const float4 top = wgmma_scaled(wgmma_upper(eight), upper, pair);
    const float4 bottom = wgmma_scaled(wgmma_lower(eight), lower, pair);
    wgmma_keep(eight, wgmma_norm_add(top, words[2 * i]), wgmma_norm_add(bottom, words[2 * i + 1]));
  }
}
// h of the item's columns, two rows, in place of the sums.
static inline __attribute__((always_inline)) void wgmma_norm_h(
    int* sums, const struct wgmma_norm_part part, const float upper, const float lower,
    local const float4* vectors, global const ushort* residual, const struct linear_w8a8_args a) {
#pragma unroll
  for (int first = 0; first < part.width / 16; first += WGMMA_NORM_BLOCK) {
    if (!wgmma_norm_has(part, first / WGMMA_NORM_BLOCK)) continue;
    uint2 words[2 * WGMMA_NORM_BLOCK];
    wgmma_norm_read(words, part, first, residual, a);
    wgmma_norm_h_block(sums, words, part, first, upper, lower, vectors);
  }
}
// --- moments --------------------------------------------------------------------------------
// The sum over a quad of each of `count` (2 or 4) numbers, in the order of a block's rounds; item q
// gets the (q mod count)-th.
static inline __attribute__((always_inline)) float wgmma_norm_quad_sum(const float* v,
                                                                       const int count,
                                                                       const int q) {
  const bool odd = q % 2 != 0, high = q >= 2;
  const float a = (odd ? v[1] : v[0]) + nvidia_shuffle_xor(odd ? v[0] : v[1], 1);
  if (count == 2) return a + nvidia_shuffle_xor(a, 2);
  const float b = (odd ? v[3] : v[2]) + nvidia_shuffle_xor(odd ? v[2] : v[3], 1);
  return (high ? b : a) + nvidia_shuffle_xor(high ? a : b, 2);
}
// Four of the item's values of its upper row (`at` 0) or its lower (2), summed.
static inline __attribute__((always_inline)) float wgmma_norm_four(const int* eight, const int at,
                                                                   const float mean,
                                                                   const bool square) {
  const float a = as_float(eight[at]), b = as_float(eight[at + 1]), c = as_float(eight[at + 4]),
              d = as_float(eight[at + 5]);
  return square ? ZCL_FOUR_SQUARES(a - mean, b - mean, c - mean, d - mean) : ZCL_FOUR(a, b, c, d);
}
// Of a block the item's fours of a row, joined; `left` columns of it are there from the item's on.
static inline __attribute__((always_inline)) float wgmma_norm_fours(const int* block, const int at,
                                                                    const float mean,
                                                                    const bool square,
                                                                    const int left) {
  float four[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float sum = wgmma_norm_four(block + 8 * i, at, mean, square);
    four[i] = !square || 16 * i < left ? sum : 0.0f;
  }
  return (four[0] + four[1]) + (four[2] + four[3]);
}
// S of the item's blocks, or M, with their means: of each block (64 columns, 32 values) the upper
// row's and the lower row's; the item gets its own.
static inline __attribute__((always_inline)) float wgmma_norm_blocks(
    const int* values, const struct wgmma_norm_part part, const float* means, const bool square) {
  float v[4];
#pragma unroll
  for (int b = 0; b < 2; ++b) {
    if (b >= part.width / MOMENTS_BLOCK) continue;
    const int left = part.left - MOMENTS_BLOCK * b;
    v[2 * b] = wgmma_norm_fours(values + 32 * b, 0, means[2 * b], square, left);
    v[2 * b + 1] = wgmma_norm_fours(values + 32 * b, 2, means[2 * b + 1], square, left);
  }
  return wgmma_norm_quad_sum(v, part.width / 32, part.q);
}

// 1 / n, rounded correctly.
static inline float wgmma_norm_each(const int n) {
  return nvidia_reciprocal_rounded((float)n);
}
// S and M of the item's own row and block, to where others find them.
static inline __attribute__((always_inline)) void wgmma_norm_say(const int* values,
                                                                 const struct wgmma_norm_part part,
                                                                 global float* partials,
                                                                 const int outputs) {
  const float none[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  const int count = part.width / 32, blocks = zcl_blocks(outputs);
  const int b = part.n / MOMENTS_BLOCK + part.q % count / 2;
  const float sum = wgmma_norm_blocks(values, part, none, false);
  const float each = wgmma_norm_each(min(max(outputs - MOMENTS_BLOCK * b, 1), MOMENTS_BLOCK));
  float means[4];
  wgmma_quad_share(means, sum * each, count);
  const float squares = wgmma_norm_blocks(values, part, means, true);
  if (part.q >= count || b >= blocks) return;
  global float* const to = partials + NORM_PARTIALS_INDEX(part.row, b, blocks);
  to[0] = sum;
  to[NORM_PARTIALS_PLANE(blocks)] = squares;
}

// Numbers of a row from those of its blocks. Of the two items whose own row it is the first reads
// the blocks' S and the other their M; each adds up what it reads, and the first has the row's.
#define WGMMA_NORM_RUN 16  // blocks at a time
static inline __attribute__((always_inline)) void wgmma_norm_run(float* v, global const float* from,
                                                                 const int first,
                                                                 const int blocks) {
#pragma unroll
  for (int i = 0; i < WGMMA_NORM_RUN; ++i) {
    const int b = first + ZCL_ORDER(i, WGMMA_NORM_RUN);
    v[i] = nvidia_load_early_if(from + MEETING_ROWS * b, b < blocks);
  }
}
// The chain B over blocks from `first` on of `whole` ones. A sum of halves is never so small that a
// 64th of it would be rounded.
static inline __attribute__((always_inline)) float wgmma_norm_between(const float* v, float between,
                                                                      const float mean,
                                                                      const int first,
                                                                      const int whole) {
#pragma unroll
  for (int i = 0; i < WGMMA_NORM_RUN; ++i) {
    const float e = fma(v[i], 1.0f / MOMENTS_BLOCK, -mean);
    if (first + ZCL_ORDER(i, WGMMA_NORM_RUN) < whole) between = fma(MOMENTS_BLOCK * e, e, between);
  }
  return between;
}
// Mean and variance of the item's own row; the first of its two items has them.
static inline __attribute__((always_inline)) float2 wgmma_norm_moments(
    const struct wgmma_norm_part part, global const float* partials, const int outputs) {
  const int blocks = zcl_blocks(outputs), whole = outputs / MOMENTS_BLOCK;
  global const float* const from = partials + NORM_PARTIALS_INDEX(part.row, 0, blocks) +
                                   part.q / 2 * NORM_PARTIALS_PLANE(blocks);
  float v[WGMMA_NORM_RUN], sum = 0.0f, between = 0.0f;
  for (int first = 0; first < blocks; first += WGMMA_NORM_RUN) {
    wgmma_norm_run(v, from, first, blocks);
#pragma unroll
    for (int i = 0; i < WGMMA_NORM_RUN; ++i) sum = sum + v[i];
  }
  const float each = wgmma_norm_each(outputs), mean = sum * each;
  for (int first = 0; first < whole; first += WGMMA_NORM_RUN) {
    if (blocks > WGMMA_NORM_RUN) wgmma_norm_run(v, from, first, blocks);
    between = wgmma_norm_between(v, between, mean, first, whole);
  }
  if (blocks > whole) {
    const int count = outputs % MOMENTS_BLOCK;
    const float last = nvidia_load_early_if(from + MEETING_ROWS * whole, true);
    between = zcl_between(between, last * wgmma_norm_each(count), mean, count);
  }
  const float within = nvidia_shuffle_xor(sum, 2);
  return (float2)(mean, (within + between) * each);
}

// --- y --------------------------------------------------------------------------------------
// y in place of h, and the largest magnitudes of the upper and the lower row.
static inline __attribute__((always_inline)) void wgmma_norm_y(
    int* values, const struct wgmma_norm_part part, const float* means, const float* rstds,
    local const float4* vectors, float* largest) {
#pragma unroll
  for (int i = 0; i < part.width / 16; ++i) {
    local const float4* const at = vectors + 2 * (part.width / 4) + wgmma_column() / 4 + 4 * i;
    const float4 gamma = at[0], beta = at[part.width / 4];
    const float8 h = wgmma_kept(values + 8 * i);
    const float8 mean =
        (float8)((float2)(means[0]), (float2)(means[1]), (float2)(means[0]), (float2)(means[1]));
    const float8 rstd =
        (float8)((float2)(rstds[0]), (float2)(rstds[1]), (float2)(rstds[0]), (float2)(rstds[1]));
    const float8 y = fma((h - mean) * rstd, (float8)(gamma.lo, gamma.lo, gamma.hi, gamma.hi),
                         (float8)(beta.lo, beta.lo, beta.hi, beta.hi));
    wgmma_keep_eight(values + 8 * i, y);
  }
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int i = 0; i < part.width / 16; ++i) {
    const float8 y = wgmma_kept(values + 8 * i);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, y.s0), y.s1);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, y.s2), y.s3);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, y.s4), y.s5);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, y.s6), y.s7);
  }
  largest[0] = top;
  largest[1] = bottom;
}

// As halves: a quad writes 32 bytes of a row.
static inline __attribute__((always_inline)) void wgmma_norm_write(
    const int* values, const struct wgmma_norm_part part, global ushort* y,
    const struct linear_w8a8_args a) {
  const int outputs = wgmma_here(a.outputs);
  global uint2* const top = (global uint2*)(y + (size_t)part.m * outputs + part.n);
  global uint2* const bottom = top + 2 * outputs;
  const bool upper = part.m < a.rows, lower = part.m + 8 < a.rows;
#pragma unroll
  for (int i = 0; i < part.width / 16; ++i) {
    const float8 v = wgmma_kept(values + 8 * i);
    if (upper && 16 * i < part.left)
      top[4 * i] = (uint2)(nvidia_halves(v.s0, v.s1), nvidia_halves(v.s4, v.s5));
    if (lower && 16 * i < part.left)
      bottom[4 * i] = (uint2)(nvidia_halves(v.s2, v.s3), nvidia_halves(v.s6, v.s7));
  }
}

// --- codes ----------------------------------------------------------------------------------
// The staged codes to their place, by one item. Rows past the last go along: their place exists.
static inline void wgmma_norm_send(const struct wgmma_norm_part part, local const char* staging,
                                   global char* codes, const int rows, const int stride) {
  wgmma_local_written();
  wgmma_group_sync();
  if (get_local_id(0) % WGMMA_ITEMS != 0 || part.first >= rows) return;
  wgmma_store(codes + CODES_TILES_INDEX(part.first, part.n - wgmma_column(), stride),
              nvidia_local_address(staging), WGMMA_ROWS * CODES_TILE);
  wgmma_stores_commit();
}
