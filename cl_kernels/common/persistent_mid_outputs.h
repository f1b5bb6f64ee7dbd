// What follows the products of persistent.wgmma_mid.cl in the registers of a consumer group: float
// results, gelu and quantization, or quantization of queries, keys and values.
#pragma once

#include "abi/linear_w8a8_quantize_qkv.h"
#include "common/linear_wgmma_float.h"
#include "common/linear_wgmma_gelu.h"
#include "common/linear_wgmma_qkv.h"
#include "common/persistent_meeting.h"
#include "common/persistent_mid.h"
#include "common/persistent_values.h"

// A consumer group's part of a tile, its sums known.
struct mid_outputs {
  int m, n;            // its first row and output
  uint blocks;         // of 16 outputs that the group has, a bit each: mid_blocks_of
  float upper, lower;  // scales of the item's two rows of x
  local const float4* pairs;
};

// Eight sums, four of each of the item's rows, become linear_w8a8's outputs.
static inline __attribute__((always_inline)) void mid_scale(int* sums,
                                                            const struct mid_outputs part,
                                                            const int i) {
  const struct wgmma_pair pair = wgmma_shared_pair(part.pairs, i);
  wgmma_keep(sums + 8 * i, wgmma_scaled(wgmma_upper(sums + 8 * i), part.upper, pair),
             wgmma_scaled(wgmma_lower(sums + 8 * i), part.lower, pair));
}

// linear_w8a8's outputs of a part.
static inline __attribute__((always_inline)) void mid_float(int* sums,
                                                            const struct mid_outputs part,
                                                            local const struct step* step) {
  const struct linear_w8a8_args a = STEP_STRUCT(linear_w8a8_args);
  const int m = part.m + wgmma_row(0);
  const struct linear_w8a8_wgmma_place place =
      linear_w8a8_wgmma_place_of(STEP_AT(float, 5), m, part.n, wgmma_few(), &a);
#pragma unroll
  for (int i = 0; i < MID_FOURS; ++i) {
    if (!(part.blocks >> i & 1)) continue;
    const struct wgmma_pair pair = wgmma_shared_pair(part.pairs, i);
    const float4 top = wgmma_scaled(wgmma_upper(sums + 8 * i), part.upper, pair);
    const float4 bottom = wgmma_scaled(wgmma_lower(sums + 8 * i), part.lower, pair);
    linear_w8a8_wgmma_store(
        place, i, linear_w8a8_wgmma_first(top, m, part.n + 16 * i + wgmma_column()), bottom);
  }
}

// The sums of a part as they are, to int [2][rows][outputs]: those of half of the inputs.
static inline __attribute__((always_inline)) void mid_parts(const int* sums,
                                                            const struct mid_outputs part,
                                                            local const struct step* step,
                                                            const bool second) {
  const struct linear_w8a8_args a = STEP_STRUCT(linear_w8a8_args);
  const int m = part.m + wgmma_row(0), row = second ? a.rows + m : m;
  global int* const to = STEP_AT(int, 5) + (size_t)row * a.outputs + part.n + wgmma_column();
#pragma unroll
  for (int i = 0; i < MID_FOURS; ++i)
    if (part.blocks >> i & 1) wgmma_store_sums(to, i, sums, a.outputs, m < a.rows, m + 8 < a.rows);
}

// Of the four words of a row's codes item q of a quad gets columns 16 q to 16 q + 15. All lanes
// together.
static inline uint4 mid_sixteen(const uint* words) {
  return nvidia_quad_exchange((uint4)(words[0], words[1], words[2], words[3]),
                              (int)get_local_id(0) % 4);
}

// gelu_quantize of a part, one scale a row: its groups meet as those of
// linear_w8a8_gelu_quantize.wgmma.cl do; why that ends mid_stride says.
static inline __attribute__((always_inline)) void mid_gelu_quantize(int* sums,
                                                                    const struct mid_outputs part,
                                                                    local const struct step* step,
                                                                    const int form) {
  const struct linear_w8a8_gelu_quantize_args a = STEP_STRUCT(linear_w8a8_gelu_quantize_args);
  const int m = part.m + wgmma_row(0), q = (int)get_local_id(0) % 4, rows = a.linear.rows;
  float top = 0.0f, bottom = 0.0f, scale, r[2];
#pragma unroll
  for (int i = 0; i < MID_FOURS; ++i) {
    mid_scale(sums, part, i);
    wgmma_gelu_eight(sums + 8 * i, wgmma_kept(sums + 8 * i), form, &top, &bottom);
  }
  if (part.n + MID_PART > a.linear.outputs)
    wgmma_gelu_edge(sums, &top, &bottom, MID_PART, a.linear.outputs - part.n - wgmma_column());
  const uint held[2] = {as_uint(top), as_uint(bottom)};
  const int row = m + q % 2 * 8;  // of the two the one that the item speaks for
  global uint* const maxima = STEP_AT(uint, 5) + a.meeting_turn * MEETING_WORDS(a.meeting_rows);
  const uint largest =
      wgmma_gelu_meet(wgmma_quad_largest(held, 2, q), row, a.out.stride / MID_PART, maxima,
                      maxima + a.meeting_rows + part.m / MEETING_ROWS, rows);
  float mine;
  nvidia_quant_scale(largest, &mine, &scale);
  wgmma_quad_share(r, mine, 2);
  if (part.n == 0 && q < 2 && row < rows) STEP_AT(float, 7)[row] = scale;
  uint codes[2][MID_FOURS];
  persistent_codes(sums, r, MID_FOURS, MID_PART, (size_t)m + part.n + wgmma_column(), codes[0],
                   codes[1]);
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const uint4 sixteen = mid_sixteen(codes[h]);
    if (m + 8 * h < rows)
      *(global uint4*)(STEP_AT(char, 6) +
                       CODES_TILES_INDEX(m + 8 * h, part.n + 16 * q, a.out.stride)) = sixteen;
  }
}

// Where row m goes in the cache.
static inline uint mid_find_place(const int m, local const struct step* step) {
  const int2 place = wgmma_qkv_find_place(
      m, STEP_AT(const struct sequence_entry, 5)[STEP_AT(const int, 7)[m]], STEP_AT(const int, 6));
  return (uint)place.x * KEY_BLOCK + place.y;
}

// Codes of queries and keys of a part, sixteen by sixteen. `size`: D.
static inline __attribute__((always_inline)) void mid_store_queries_and_keys(
    const uint4 sixteen, const int row, const int n, const int2 place, const int size,
    const struct wgmma_qkv_outputs out, const struct quantize_qkv_args* a) {
  const int width = a->heads * size, part = wgmma_qkv_part(n, width);
  if (row >= a->rows || part > 1) return;
  const int head = (n - part * width) / size;
  global char* const to =
      part == 0 ? out.q + (size_t)row * a->q_stride + n
                : out.keys + ((size_t)place.x * a->heads + head) * KV_PADDED_PART(size) +
                      KV_GPU_I8_KEY(place.y, n % size);
  *(global uint4*)to = sixteen;
}

// quantize_qkv of a part: one head of 64, or two of 32. `size`: D.
static inline __attribute__((always_inline)) void mid_quantize_qkv(int* sums,
                                                                   const struct mid_outputs part,
                                                                   local const uint* rows_places,
                                                                   local const struct step* step,
                                                                   const int size) {
  const struct quantize_qkv_args a = STEP_STRUCT(linear_w8a8_quantize_qkv_args).qkv;
  const struct wgmma_qkv_outputs out = {STEP_AT(char, 8),   STEP_AT(float, 9), STEP_AT(char, 10),
                                        STEP_AT(float, 11), STEP_AT(char, 12), STEP_AT(float, 13)};
  const int m = part.m + wgmma_row(0), q = (int)get_local_id(0) % 4, width = a.heads * size;
  const int heads = MID_PART / size, fours = size / 16;
  uint largest[2 * MID_PART / 32];
  float r[4];
#pragma unroll
  for (int h = 0; h < heads; ++h)
    wgmma_qkv_values(sums + h * (size / 2), largest + 2 * h, size, part.upper, part.lower,
                     part.pairs + h * WGMMA_PAIRS(size));
  const float scale = wgmma_qkv_scales(largest, 2 * heads, q, r);
  const uint upper_place = rows_places[wgmma_row(0)], lower_place = rows_places[wgmma_row(0) + 8];
  const int2 places[2] = {(int2)(upper_place / KEY_BLOCK, upper_place % KEY_BLOCK),
                          (int2)(lower_place / KEY_BLOCK, lower_place % KEY_BLOCK)};
  uint codes[2][MID_FOURS];
  // The first code of the queries is the one that verify --inject spoils.
  const size_t first = part.n < width ? (size_t)m * width + part.n + wgmma_column() : 1;
  persistent_codes(sums, r, MID_FOURS, size, first, codes[0], codes[1]);
#pragma unroll
  for (int h = 0; h < heads; ++h) {
    const int n = part.n + h * size, kind = wgmma_qkv_part(n, width);
    const int head = (n - kind * width) / size;
#pragma unroll
    for (int i = 0; i < 2; ++i)
      if (kind <= 2 && q == 2 * h + i && m + 8 * i < a.rows)
        wgmma_qkv_scale(scale, m + 8 * i, kind, head, places[i], out, a.heads);
    if (kind == 2)
      persistent_values(codes[0] + h * fours, codes[1] + h * fours, fours, size, a.rows - m,
                        wgmma_column(), places, head, a.heads, out.values);
  }
  if (wgmma_qkv_part(part.n, width) > 1) return;
#pragma unroll
  for (int h = 0; h < 2; ++h)
    mid_store_queries_and_keys(mid_sixteen(codes[h]), m + 8 * h, part.n + 16 * q, places[h], size,
                               out, &a);
}
