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
#include "common/persistent_values.h"

#define TWIN_FOURS (TWIN_HALF / 16)  // outputs of an item in each of its rows, by fours

// What a work-group knows of its tile before it has the rows.
struct twin_tile {
  struct twin_ring ring;
  struct twin_part part;
  bool works, copies;
  int m, n;  // the item's first row and output: m + 8 h, n + 16 i + e
};

// Before the meeting: weights are under way, scales and bias of the item's outputs are read.
static inline __attribute__((always_inline)) struct twin_tile persistent_twin_begin(
    local const struct step* step, const struct twin_memory memory, global const char* w,
    global const float* ws, global const float* bias, const struct linear_w8a8_args a,
    struct wgmma_pair* pairs) {
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
  for (int i = 0; i < TWIN_FOURS; ++i) {
    pairs[i].scale = wgmma_four(ws, tile.n + 16 * i, a.outputs);
    pairs[i].bias = a.has_bias ? wgmma_four(bias, tile.n + 16 * i, a.outputs) : (float4)(0.0f);
  }
  return tile;
}

// Of the two words of neighbouring items the even one gets those of its upper row, the odd one
// those of its lower row: eight columns from 16 i + 8 (q / 2) on. All lanes together.
static inline uint2 persistent_twin_eight(const uint upper, const uint lower) {
  const bool odd = get_local_id(0) % 2 != 0;
  const uint other = nvidia_shuffle_xor_bits(odd ? upper : lower, 1);
  return odd ? (uint2)(other, lower) : (uint2)(upper, other);
}

// gelu_quantize(linear_w8a8(x, w)), one scale a row. Outputs are a multiple of CODES_TILE. Those of
// a row meet; all of them are resident. Lets the weights of `next` come (persistent_begin_weights).
static inline __attribute__((always_inline)) void persistent_twin_gelu_quantize(
    local const struct step* step, const struct persistent_meeting meeting,
    const struct twin_memory memory, const int form, local const struct step* next) {
  const struct linear_w8a8_gelu_quantize_args args = STEP_STRUCT(linear_w8a8_gelu_quantize_args);
  const struct linear_w8a8_args a = args.linear;
  struct wgmma_pair pairs[TWIN_FOURS];
  const struct twin_tile tile =
      persistent_twin_begin(step, memory, STEP_AT(const char, 2), STEP_AT(const float, 3),
                            STEP_AT(const float, 4), a, pairs);
  const int half_words = MEETING_WORDS(args.meeting_rows), m = tile.m, last = a.rows - 1;
  persistent_await_rows(meeting, tile.ring, tile.part, tile.copies, STEP_AT(const char, 0), a);
  persistent_clear(STEP_AT(uint, 5) + (1 - args.meeting_turn) * half_words, half_words,
                   PERSISTENT_ITEMS);
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
  for (int i = 0; i < TWIN_FOURS; ++i) {
    int* const eight = sums + 8 * i;
    wgmma_keep(eight, wgmma_scaled(wgmma_upper(eight), upper, pairs[i]),
               wgmma_scaled(wgmma_lower(eight), lower, pairs[i]));
    wgmma_gelu_eight(eight, wgmma_kept(eight), form, &top, &bottom);
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
  float r[2], scale[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    nvidia_quant_scale(nvidia_load_shared_word(maxima + min(m + 8 * h, last)), &r[h], &scale[h]);
    if (tile.n == 0 && m + 8 * h < a.rows) STEP_AT(float, 7)[m + 8 * h] = scale[h];
  }
  uint codes[2][TWIN_FOURS];
  persistent_codes(sums, r, TWIN_FOURS, TWIN_HALF, (size_t)m * a.outputs + tile.n, codes[0],
                   codes[1]);
  const int q = (int)get_local_id(0) % 4, row = m + q % 2 * 8;
  const int n = tile.part.n + twin_group() * TWIN_HALF + q / 2 * 8;
#pragma unroll
  for (int i = 0; i < TWIN_FOURS; ++i) {
    const uint2 eight = persistent_twin_eight(codes[0][i], codes[1][i]);
    if (row < a.rows)
      *(global uint2*)(STEP_AT(char, 6) + CODES_TILES_INDEX(row, n + 16 * i, args.out.stride)) =
          eight;
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
  struct wgmma_pair pairs[TWIN_FOURS];
  const struct twin_tile tile =
      persistent_twin_begin(step, memory, STEP_AT(const char, 2), STEP_AT(const float, 3),
                            STEP_AT(const float, 4), a, pairs);
  const int m = tile.m, last = a.rows - 1;
  int2 places[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int row = min(m + 8 * h, last);
    places[h] = wgmma_qkv_find_place(
        row, STEP_AT(const struct sequence_entry, 5)[STEP_AT(const int, 7)[row]],
        STEP_AT(const int, 6));
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
  for (int i = 0; i < TWIN_FOURS; ++i) {
    const float4 y = wgmma_scaled(wgmma_upper(sums + 8 * i), upper, pairs[i]);
    const float4 z = wgmma_scaled(wgmma_lower(sums + 8 * i), lower, pairs[i]);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, y.x), y.y);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, z.x), z.y);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, y.z), y.w);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, z.z), z.w);
    wgmma_keep(sums + 8 * i, y, z);
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
    nvidia_quant_scale(largest[h], &r[h], &scale[h]);
    if (d == 0 && get_local_id(0) % 4 == 0 && m + 8 * h < a.rows)
      wgmma_qkv_scale(scale[h], m + 8 * h, part, head, places[h], out, args.qkv.heads);
  }
  uint codes[2][TWIN_FOURS];
  const bool queries = part == 0;  // their first code is the one that verify --inject spoils
  persistent_codes(sums, r, TWIN_FOURS, TWIN_HALF, queries ? (size_t)m * width + tile.n : 1,
                   codes[0], codes[1]);
  if (part == 2) {
    persistent_values(codes[0], codes[1], TWIN_FOURS, size, a.rows - m, d + wgmma_column(), places,
                      head, args.qkv.heads, out.values);
    return;
  }
  const int q = (int)get_local_id(0) % 4, h = q % 2, row = m + 8 * h;
  const int2 place = h == 0 ? places[0] : places[1];
#pragma unroll
  for (int i = 0; i < TWIN_FOURS; ++i) {
    const uint2 eight = persistent_twin_eight(codes[0][i], codes[1][i]);
    const int c = d + 16 * i + q / 2 * 8;
    global char* const to =
        queries ? out.q + (size_t)row * args.qkv.q_stride + head * size + c
                : out.keys + ((size_t)place.x * args.qkv.heads + head) * KV_PADDED_PART(size) +
                      KV_GPU_I8_KEY(place.y, c);
    if (row < a.rows) *(global uint2*)to = eight;
  }
}
