// What follows the outputs of a tile in linear_w8a8_gelu_quantize's kernels on Hopper's tensor
// cores: gelu, the largest magnitude of each row, codes and scales.
#pragma once

#include "abi/linear_w8a8_gelu_quantize.h"
#include "common/elementary.h"
#include "common/linear_wgmma_meeting.h"
#include "common/linear_wgmma_outputs.h"
#include "common/nvidia_scale.h"

#define WGMMA_GELU_ERF 0
#define WGMMA_GELU_TANH 1
#define WGMMA_GELU_BLOCK 128  // outputs that lie together in CODES_TILES

// zcl_gelu_coarse_* of eight: one instruction is fma and zcl_unit.
static inline __attribute__((always_inline)) float8 wgmma_gelu_coarse(const float8 x,
                                                                      const int form) {
  const float8 z = fabs(x);
  const float8 slope =
      form == WGMMA_GELU_ERF ? zcl_coarse_erf_slope_8(z) : zcl_coarse_tanh_slope_8(z);
  return x * nvidia_fma_unit_8(x, slope, 0.5f);
}

// gelu_coarse of eight outputs, four of each of the item's two rows (in the order of their sums),
// and the largest magnitudes so far. Eight at a time: compilers keep chains apart that are written
// apart.
static inline __attribute__((always_inline)) void wgmma_gelu_eight(int* values, const float8 y,
                                                                   const int form, float* top,
                                                                   float* bottom) {
  const float8 v = wgmma_gelu_coarse(y, form);
  *top = nvidia_max_magnitude(nvidia_max_magnitude(*top, v.s0), v.s1);
  *bottom = nvidia_max_magnitude(nvidia_max_magnitude(*bottom, v.s2), v.s3);
  *top = nvidia_max_magnitude(nvidia_max_magnitude(*top, v.s4), v.s5);
  *bottom = nvidia_max_magnitude(nvidia_max_magnitude(*bottom, v.s6), v.s7);
  wgmma_keep_eight(values, v);
}

// Of the item's outputs those beyond the first `left` are none: 0, as their codes, which pad a row.
static inline __attribute__((always_inline)) void wgmma_gelu_edge(int* values, float* upper_largest,
                                                                  float* lower_largest,
                                                                  const int width, const int left) {
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int i = 0; i < width / 4; ++i) {
    int* const upper = values + i / 2 * 4 + i % 2;
    if (left <= i / 4 * 16 + i % 4) upper[0] = upper[2] = 0;
    top = nvidia_max_magnitude(top, as_float(upper[0]));
    bottom = nvidia_max_magnitude(bottom, as_float(upper[2]));
  }
  *upper_largest = top;
  *lower_largest = bottom;
}

// The largest magnitude of a row over all consumer groups that hold a part of it, for the item's
// one of its two rows. The first two items of a quad speak.
static inline uint wgmma_gelu_meet(const uint mine, const int row, const int arrivals,
                                   global uint* maxima, global uint* arrived, const int rows) {
  if (get_local_id(0) % 4 < 2 && row < rows) atomic_max((volatile global uint*)maxima + row, mine);
  wgmma_group_sync();
  if (get_local_id(0) % WGMMA_ITEMS == 0) nvidia_meet(arrived, arrivals);
  wgmma_group_sync();
  return nvidia_load_shared_word(maxima + min(row, rows - 1));
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
  const uint item = (uint)wgmma_here(get_local_id(0)) % WGMMA_ITEMS, q = item % 4;
  const int m0 = tile.m + group * WGMMA_ROWS, m = m0 + (int)(item / 32 * 16 + item % 32 / 4);
  const int whole_rows = args->out.groups == 1;
  if (tile.n + width > outputs)
    wgmma_gelu_edge(values, &top, &bottom, width, outputs - tile.n - wgmma_column());
  // One of the two rows is the item's own: its meeting, its scale.
  const int row = m + (int)(q % 2 * 8);
  const uint held[2] = {as_uint(top), as_uint(bottom)};
  uint largest = wgmma_quad_largest(held, 2, q);
  if (whole_rows) {
    global uint* const maxima =
        meeting + wgmma_here(args->meeting_turn) * MEETING_WORDS(args->meeting_rows);
    largest = wgmma_gelu_meet(largest, row, wgmma_across(shape, outputs), maxima,
                              maxima + args->meeting_rows + m0 / MEETING_ROWS, rows);
  } else if (width == WGMMA_GELU_BLOCK) {
    wgmma_group_sync();  // the pairs have been read
  }
  float r, all[2], scale;
  nvidia_quant_scale(largest, &r, &scale);
  wgmma_quad_share(all, r, 2);
  wgmma_leave_codes(values, all, width, m, tile.n + 4 * q,
                    mine + (m - m0) * WGMMA_GELU_BLOCK + 4 * q, codes, rows, args->out.stride);
  if (q < 2 && row < rows && tile.n < outputs &&
      (whole_rows ? tile.n == 0 : tile.n % WGMMA_GELU_BLOCK == 0))
    scales[(size_t)row * args->out.groups + (whole_rows ? 0 : tile.n / WGMMA_GELU_BLOCK)] = scale;
  if (width != WGMMA_GELU_BLOCK) return;
  wgmma_local_written();
  wgmma_group_sync();
  if (item == 0) {
    wgmma_store(to, nvidia_local_address(mine), WGMMA_ROWS * WGMMA_GELU_BLOCK);
    wgmma_stores_commit();
  }
}
