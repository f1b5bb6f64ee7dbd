// What follows the outputs of a tile in linear_w8a8_gelu_quantize's kernels on Hopper's tensor
// cores: gelu, the largest magnitude of each row, codes and scales.
#pragma once

#include "abi/linear_w8a8_gelu_quantize.h"
#include "common/elementary.h"
#include "common/linear_wgmma.h"

#define WGMMA_GELU_ERF 0
#define WGMMA_GELU_TANH 1
#define WGMMA_GELU_BLOCK 128  // outputs that lie together in CODES_TILES
#define WGMMA_GELU_BAND 1  // a row of tiles after another: those of a row may wait for each other

// gelu of eight outputs, four of each of the item's two rows in turn, in place of their sums, and
// the largest magnitudes so far. Eight at a time: compilers keep chains apart that are written
// apart.
static inline __attribute__((always_inline)) void wgmma_gelu_eight(int* values, const float8 y,
                                                                   const int form, float* top,
                                                                   float* bottom) {
  const float8 v = form == WGMMA_GELU_ERF ? zcl_gelu_erf_8(y) : zcl_gelu_tanh_8(y);
  *top = nvidia_max_magnitude(nvidia_max_magnitude(*top, v.s0), v.s1);
  *bottom = nvidia_max_magnitude(nvidia_max_magnitude(*bottom, v.s2), v.s3);
  *top = nvidia_max_magnitude(nvidia_max_magnitude(*top, v.s4), v.s5);
  *bottom = nvidia_max_magnitude(nvidia_max_magnitude(*bottom, v.s6), v.s7);
  values[0] = as_int(v.s0);
  values[1] = as_int(v.s1);
  values[2] = as_int(v.s2);
  values[3] = as_int(v.s3);
  values[4] = as_int(v.s4);
  values[5] = as_int(v.s5);
  values[6] = as_int(v.s6);
  values[7] = as_int(v.s7);
}

// Of the item's outputs those beyond the first `left` are none: 0, as their codes, which pad a row.
static inline __attribute__((always_inline)) void wgmma_gelu_edge(int* values, float* upper_largest,
                                                                  float* lower_largest,
                                                                  const int width, const int left) {
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int j = 0; j < width / 8; ++j) {
    if (left <= 8 * j) values[4 * j] = values[4 * j + 2] = 0;
    if (left <= 8 * j + 1) values[4 * j + 1] = values[4 * j + 3] = 0;
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, as_float(values[4 * j])),
                               as_float(values[4 * j + 1]));
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, as_float(values[4 * j + 2])),
                                  as_float(values[4 * j + 3]));
  }
  *upper_largest = top;
  *lower_largest = bottom;
}

// The largest magnitudes of rows m and m + 8 over all consumer groups that hold a part of them.
static inline void wgmma_gelu_meet(uint* upper, uint* lower, const int m, const int arrivals,
                                   global uint* maxima, global uint* arrived, const int rows) {
  const bool speaks = get_local_id(0) % 4 == 0;
  if (speaks && m < rows) atomic_max((volatile global uint*)maxima + m, *upper);
  if (speaks && m + 8 < rows) atomic_max((volatile global uint*)maxima + m + 8, *lower);
  wgmma_group_sync();
  if (get_local_id(0) % WGMMA_ITEMS == 0) nvidia_meet(arrived, arrivals);
  wgmma_group_sync();
  *upper = nvidia_load_shared_word(maxima + min(m, rows - 1));
  *lower = nvidia_load_shared_word(maxima + min(m + 8, rows - 1));
}

// Codes of one row of a tile: to local memory in the order of CODES_TILES where the tile is
// WGMMA_GELU_BLOCK wide, else to global memory. `values` are those of the upper or the lower row.
static inline __attribute__((always_inline)) void wgmma_gelu_row(
    int* values, const uint largest, const int width, const int row, const int n0,
    const int whole_rows, local char* line, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args* args) {
  const int rows = args->linear.rows, outputs = args->linear.outputs;
  float r, scale;
  zcl_quant_scale(largest, &r, &scale);
  if (get_local_id(0) % 4 == 0 && row < rows &&
      (whole_rows ? n0 == 0 : n0 % WGMMA_GELU_BLOCK == 0) && n0 < outputs)
    scales[(size_t)row * args->out.groups + (whole_rows ? 0 : n0 / WGMMA_GELU_BLOCK)] = scale;
  const ushort kept = r == 0.0f ? 0 : 0xffff;  // else codes of NaN and infinity are 0, too
#pragma unroll
  for (int j = 0; j < width / 8; ++j) {
    const int n = n0 + 8 * j + wgmma_column();
    const uint low =
        ZCL_ELEMENT_I(ZCL_RINT_BITS(as_float(values[4 * j]) * r), (size_t)row * outputs + n);
    const uint high = ZCL_RINT_BITS(as_float(values[4 * j + 1]) * r);
    const ushort two = wgmma_two_bytes(low, high) & kept;
    if (width == WGMMA_GELU_BLOCK)
      *(local ushort*)(line + (((j / 2) ^ (row % 8)) * 16 + j % 2 * 8 + wgmma_column())) = two;
    else if (row < rows && n < args->out.stride)
      *(global ushort*)(codes + CODES_TILES_INDEX(row, n, args->out.stride)) = two;
  }
}

// Clears the half of the meeting's memory that the next launch uses.
static inline void wgmma_gelu_clear(global uint* next, const int words,
                                    const struct wgmma_shape shape) {
  const int items = wgmma_teams(shape) * wgmma_team_groups(shape) * WGMMA_ITEMS;
  for (int i = get_group_id(0) * items + get_local_id(0); i < words; i += get_num_groups(0) * items)
    next[i] = 0;
}

// What a consumer group does with a tile's values: meets, where a scale spans the row;
// then scales and codes. `mine`: its staging memory, of a tile WGMMA_GELU_BLOCK wide the codes in
// the order in which they lie in CODES_TILES: [row][output]; they go to `to`. Rows past the last go
// along: their place in CODES_TILES exists, and what stands there does not matter.
static inline __attribute__((always_inline)) void wgmma_gelu_store(
    int* values, float top, float bottom, const struct wgmma_shape shape,
    const struct wgmma_tile tile, global uint* meeting, local char* mine, global char* to,
    global char* codes, global float* scales, const struct linear_w8a8_gelu_quantize_args* args) {
  const int group = wgmma_team_group(shape), width = shape.outputs;
  const int rows = args->linear.rows, outputs = args->linear.outputs;
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const int m0 = tile.m + group * WGMMA_ROWS, m = tile.m + wgmma_row(group);
  const int whole_rows = args->out.groups == 1;
  if (tile.n + width > outputs)
    wgmma_gelu_edge(values, &top, &bottom, width, outputs - tile.n - wgmma_column());
  uint largest[2] = {nvidia_quad_max(as_uint(top)), nvidia_quad_max(as_uint(bottom))};
  if (whole_rows) {
    global uint* const maxima =
        meeting + wgmma_here(args->meeting_turn) * MEETING_WORDS(args->meeting_rows);
    wgmma_gelu_meet(&largest[0], &largest[1], m, wgmma_across(shape, outputs), maxima,
                    maxima + args->meeting_rows + m0 / MEETING_ROWS, rows);
  } else if (width == WGMMA_GELU_BLOCK) {
    wgmma_group_sync();  // the pairs have been read
  }
  local char* const line = mine + (m - m0) * WGMMA_GELU_BLOCK;
  wgmma_gelu_row(values, largest[0], width, m, tile.n, whole_rows, line, codes, scales, args);
  wgmma_gelu_row(values + 2, largest[1], width, m + 8, tile.n, whole_rows,
                 line + 8 * WGMMA_GELU_BLOCK, codes, scales, args);
  if (width != WGMMA_GELU_BLOCK) return;
  wgmma_local_written();
  wgmma_group_sync();
  if (first_item) {
    wgmma_store(to, nvidia_local_address(mine), WGMMA_ROWS * WGMMA_GELU_BLOCK);
    wgmma_stores_commit();
  }
}
