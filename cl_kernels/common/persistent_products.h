// Products of persistent.wgmma.cl by both groups of a work-group (linear_wgmma_twin.h) with what
// follows them fused: gelu and quantization, or quantization of queries, keys and values. A tile a
// work-group; scales of outputs, bias and places of rows are here before the rows of x are.
#pragma once

#include "abi/linear_w8a8_quantize_qkv.h"
#include "common/linear_wgmma_gelu.h"
#include "common/linear_wgmma_qkv.h"
#include "common/linear_wgmma_twin.h"
#include "common/persistent_meeting.h"
#include "common/persistent_parts.h"

#define TWIN_EIGHTS (TWIN_HALF / 8)

// What a work-group knows of its tile before it has the rows.
struct twin_tile {
  struct twin_ring ring;
  struct twin_part part;
  bool works, copies;
  int m, n;  // the item's first row and output: m + 8 h, n + 8 j + e
};

// Before the meeting: weights are under way, scales and bias of the item's outputs are read.
static inline __attribute__((always_inline)) struct twin_tile persistent_twin_begin(
    local const struct step* step, const struct twin_memory memory, global const char* w,
    global const float* ws, global const float* bias, const struct linear_w8a8_args a,
    float4* pairs) {
  const int unit = get_group_id(0);
  struct twin_tile tile;
  tile.ring = twin_ring_of(memory);
  tile.works = unit < twin_tiles(a);
  tile.copies = tile.works && (int)get_local_id(0) == PERSISTENT_COPIER;
  tile.part = twin_part_of(unit, a, 1);
  tile.m = tile.part.m + wgmma_row(0);
  tile.n = tile.part.n + twin_group() * TWIN_HALF + wgmma_column();
  if (tile.copies && step->weights % 2 == 0) twin_weights(tile.ring, tile.part, w, a);
#pragma unroll
  for (int j = 0; j < TWIN_EIGHTS; ++j)
    pairs[j] = (float4)(wgmma_pair(ws, tile.n + 8 * j, a.outputs),
                        a.has_bias ? wgmma_pair(bias, tile.n + 8 * j, a.outputs) : (float2)(0.0f));
  return tile;
}

// The item's codes in words of two of its upper row and two of its lower one. `values`: floats as
// bits; `first`: index of the first among all outputs.
static inline __attribute__((always_inline)) void persistent_twin_codes(const int* values,
                                                                        const float* r,
                                                                        const size_t first,
                                                                        uint* words) {
  // Else codes of NaN and infinity are 0, too.
  const uint kept = (r[0] == 0.0f ? 0 : 0xffff) | (r[1] == 0.0f ? 0 : 0xffff0000u);
#pragma unroll
  for (int j = 0; j < TWIN_EIGHTS; ++j) {
    uint codes[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) codes[i] = ZCL_RINT_BITS(as_float(values[4 * j + i]) * r[i / 2]);
    codes[0] = ZCL_ELEMENT_I(codes[0], first + 8 * j);
    words[j] = twin_word(codes[0], codes[1], codes[2], codes[3]) & kept;
  }
}

// gelu_quantize(linear_w8a8(x, w)), one scale a row. Outputs are a multiple of CODES_TILE. Those of
// a row meet; all of them are resident. Lets the weights of `next` come (persistent_begin_weights).
static inline __attribute__((always_inline)) void persistent_twin_gelu_quantize(
    local const struct step* step, const struct persistent_meeting meeting,
    const struct twin_memory memory, const int form, local const struct step* next) {
  const struct linear_w8a8_gelu_quantize_args args = STEP_STRUCT(linear_w8a8_gelu_quantize_args);
  const struct linear_w8a8_args a = args.linear;
  float4 pairs[TWIN_EIGHTS];
  const struct twin_tile tile =
      persistent_twin_begin(step, memory, STEP_AT(const char, 2), STEP_AT(const float, 3),
                            STEP_AT(const float, 4), a, pairs);
  const int half_words = MEETING_WORDS(args.meeting_rows), m = tile.m, last = a.rows - 1;
  persistent_await_rows(meeting, tile.ring, tile.part, tile.copies, STEP_AT(const char, 0), a);
  persistent_clear(STEP_AT(uint, 5) + (1 - args.meeting_turn) * half_words, half_words);
  if (!tile.works) {
    persistent_begin_weights(memory, next);
    return;
  }
  const float upper = ZCL_SCALE(STEP_AT(const float, 1)[min(m, last)]);
  const float lower = ZCL_SCALE(STEP_AT(const float, 1)[min(m + 8, last)]);
  int sums[TWIN_SUMS] = {0};
  twin_sums(sums, tile.ring, tile.part);
  twin_ring_pass(memory, tile.ring, tile.part);
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int j = 0; j < TWIN_EIGHTS; j += 2) {
    const float8 y = (float8)(wgmma_scaled(sums[4 * j], sums[4 * j + 1], upper, pairs[j]),
                              wgmma_scaled(sums[4 * j + 2], sums[4 * j + 3], lower, pairs[j]),
                              wgmma_scaled(sums[4 * j + 4], sums[4 * j + 5], upper, pairs[j + 1]),
                              wgmma_scaled(sums[4 * j + 6], sums[4 * j + 7], lower, pairs[j + 1]));
    wgmma_gelu_eight(sums + 4 * j, y, form, &top, &bottom);
  }
  uint largest[2] = {nvidia_quad_max(as_uint(top)), nvidia_quad_max(as_uint(bottom))};
  global uint* const maxima = STEP_AT(uint, 5) + args.meeting_turn * half_words;
  if (get_local_id(0) % 4 == 0 && m < a.rows)
    atomic_max((volatile global uint*)maxima + m, largest[0]);
  if (get_local_id(0) % 4 == 0 && m + 8 < a.rows)
    atomic_max((volatile global uint*)maxima + m + 8, largest[1]);
  barrier(CLK_LOCAL_MEM_FENCE);
  global uint* const arrived = maxima + args.meeting_rows + tile.part.m / MEETING_ROWS;
  if ((int)get_local_id(0) == PERSISTENT_COPIER) nvidia_arrive(arrived);
  persistent_begin_weights(memory, next);  // while others come
  if ((int)get_local_id(0) == PERSISTENT_COPIER) nvidia_await(arrived, a.outputs / TWIN_OUTPUTS);
  barrier(CLK_LOCAL_MEM_FENCE);
  uint words[TWIN_EIGHTS];
  float r[2], scale[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    zcl_quant_scale(nvidia_load_shared_word(maxima + min(m + 8 * h, last)), &r[h], &scale[h]);
    if (tile.n == 0 && m + 8 * h < a.rows) STEP_AT(float, 7)[m + 8 * h] = scale[h];
  }
  persistent_twin_codes(sums, r, (size_t)m * a.outputs + tile.n, words);
  const uint4 eights = twin_eights((uint4)(words[0], words[1], words[2], words[3]));
  const int n = tile.part.n + twin_group() * TWIN_HALF + (int)get_local_id(0) % 4 * 8;
  if (m < a.rows)
    *(global uint2*)(STEP_AT(char, 6) + CODES_TILES_INDEX(m, n, args.out.stride)) = eights.xy;
  if (m + 8 < a.rows)
    *(global uint2*)(STEP_AT(char, 6) + CODES_TILES_INDEX(m + 8, n, args.out.stride)) = eights.zw;
}

// Values of a head, in which the codes of 16 slots lie together. Where the item and the one with
// the row beside its own have slots as they have rows, each stores four slots of a column; else
// byte by byte. `d`: the item's first column. All lanes together.
static inline __attribute__((always_inline)) void persistent_twin_values(
    const uint* words, const int size, const int rows_left, const int d, const int2* places,
    const int head, const int heads, global char* values) {
  const int g = (int)get_local_id(0) % 32 / 4;
  const bool odd = g % 2 != 0;
  const bool aligned = rows_left > 8 && places[0].x == places[1].x &&
                       places[1].y == places[0].y + 8 && places[0].y % 16 == g;
  const uint key = aligned ? (uint)places[0].x * (KEY_BLOCK / 16) + places[0].y / 16 : 0xffffffffu;
  const bool together = nvidia_shuffle_xor_bits(key, 4) == key && aligned;
  const size_t upper = ((size_t)places[0].x * heads + head) * KV_PADDED_PART(size);
  const size_t lower = ((size_t)places[1].x * heads + head) * KV_PADDED_PART(size);
  uint others[TWIN_EIGHTS];
#pragma unroll
  for (int j = 0; j < TWIN_EIGHTS; ++j) others[j] = nvidia_shuffle_xor_bits(words[j], 4);
#pragma unroll
  for (int j = 0; j < TWIN_EIGHTS; ++j) {
    const int c = d + 8 * j;
    if (together) {
      const uint even_row = odd ? others[j] >> 8 : words[j];
      const uint odd_row = odd ? words[j] >> 8 : others[j];
      *(global uint*)(values + upper +
                      KV_GPU_I8_VALUE(places[0].y - (odd ? 1 : 0), c + (odd ? 1 : 0), size)) =
          nvidia_low_bytes(even_row, odd_row, even_row >> 16, odd_row >> 16);
      continue;
    }
    if (rows_left > 0) {
      values[upper + KV_GPU_I8_VALUE(places[0].y, c, size)] = (char)words[j];
      values[upper + KV_GPU_I8_VALUE(places[0].y, c + 1, size)] = (char)(words[j] >> 8);
    }
    if (rows_left > 8) {
      values[lower + KV_GPU_I8_VALUE(places[1].y, c, size)] = (char)(words[j] >> 16);
      values[lower + KV_GPU_I8_VALUE(places[1].y, c + 1, size)] = (char)(words[j] >> 24);
    }
  }
}

// quantize_qkv(linear_w8a8(x, w)). `size`: D, 64 or 32. `largest_of`: [2][TWIN_ROWS], where the
// groups that hold a head find its largest magnitudes.
static inline __attribute__((always_inline)) void persistent_twin_quantize_qkv(
    local const struct step* step, const struct persistent_meeting meeting,
    const struct twin_memory memory, const int size, local uint* largest_of) {
  const struct linear_w8a8_quantize_qkv_args args = STEP_STRUCT(linear_w8a8_quantize_qkv_args);
  const struct linear_w8a8_args a = args.linear;
  const struct wgmma_qkv_outputs out = {STEP_AT(char, 8),   STEP_AT(float, 9), STEP_AT(char, 10),
                                        STEP_AT(float, 11), STEP_AT(char, 12), STEP_AT(float, 13)};
  float4 pairs[TWIN_EIGHTS];
  const struct twin_tile tile =
      persistent_twin_begin(step, memory, STEP_AT(const char, 2), STEP_AT(const float, 3),
                            STEP_AT(const float, 4), a, pairs);
  const int m = tile.m, last = a.rows - 1;
  int2 places[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int row = min(m + 8 * h, last);
    places[h] =
        wgmma_qkv_find_place(row, STEP_AT(const int, 7)[row],
                             STEP_AT(const struct sequence_entry, 5), STEP_AT(const int, 6));
  }
  persistent_await_rows(meeting, tile.ring, tile.part, tile.copies, STEP_AT(const char, 0), a);
  if (!tile.works) return;
  const float upper = ZCL_SCALE(STEP_AT(const float, 1)[min(m, last)]);
  const float lower = ZCL_SCALE(STEP_AT(const float, 1)[min(m + 8, last)]);
  int sums[TWIN_SUMS] = {0};
  twin_sums(sums, tile.ring, tile.part);
  twin_ring_pass(memory, tile.ring, tile.part);
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int j = 0; j < TWIN_EIGHTS; ++j) {
    const float2 y = wgmma_scaled(sums[4 * j], sums[4 * j + 1], upper, pairs[j]);
    const float2 z = wgmma_scaled(sums[4 * j + 2], sums[4 * j + 3], lower, pairs[j]);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, y.x), y.y);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, z.x), z.y);
    sums[4 * j] = as_int(y.x);
    sums[4 * j + 1] = as_int(y.y);
    sums[4 * j + 2] = as_int(z.x);
    sums[4 * j + 3] = as_int(z.y);
  }
  uint largest[2] = {nvidia_quad_max(as_uint(top)), nvidia_quad_max(as_uint(bottom))};
  if (size == TWIN_OUTPUTS) {
    const int row = wgmma_row(0);
    local uint* const mine = largest_of + twin_group() * TWIN_ROWS + row;
    if (get_local_id(0) % 4 == 0) {
      mine[0] = largest[0];
      mine[8] = largest[1];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    local const uint* const others = largest_of + (1 - twin_group()) * TWIN_ROWS + row;
    largest[0] = max(largest[0], others[0]);
    largest[1] = max(largest[1], others[8]);
  }
  const int n = tile.part.n + twin_group() * TWIN_HALF, width = args.qkv.heads * size;
  const int part = n / width, head = n / size % args.qkv.heads, d = n % size;
  float r[2], scale[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    zcl_quant_scale(largest[h], &r[h], &scale[h]);
    if (d == 0 && get_local_id(0) % 4 == 0 && m + 8 * h < a.rows)
      wgmma_qkv_scale(scale[h], m + 8 * h, part, head, places[h], out, args.qkv.heads);
  }
  uint words[TWIN_EIGHTS];
  const bool queries = part == 0;  // their first code is the one that verify --inject spoils
  persistent_twin_codes(sums, r, queries ? (size_t)m * width + tile.n : 1, words);
  if (part == 2) {
    persistent_twin_values(words, size, a.rows - m, d + wgmma_column(), places, head,
                           args.qkv.heads, out.values);
    return;
  }
  const uint4 eights = twin_eights((uint4)(words[0], words[1], words[2], words[3]));
  const int c = d + (int)get_local_id(0) % 4 * 8;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    if (m + 8 * h >= a.rows) continue;
    global char* const to =
        queries ? out.q + (size_t)(m + 8 * h) * args.qkv.q_stride + head * size + c
                : out.keys + ((size_t)places[h].x * args.qkv.heads + head) * KV_PADDED_PART(size) +
                      KV_GPU_I8_KEY(places[h].y, c);
    *(global uint2*)to = h == 0 ? eights.xy : eights.zw;
  }
}
