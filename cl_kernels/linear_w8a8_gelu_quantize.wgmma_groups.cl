// Operator: linear_w8a8_gelu_quantize (NUMERICS.md 3.18), for Hopper's tensor cores, groups along K
// What:     gelu_quantize(linear_w8a8(x, w)): the float result never leaves the registers
// Buffers:  as linear_w8a8_gelu_quantize.wgmma.cl, but x scales float [M, x_groups] and w scales
//           float [w_groups, N]
// Args:     struct linear_w8a8_gelu_quantize_args; group a multiple of 128, or K
// Launch:   persistent; 384 items, tiles of 128 x 128 (_few: 256 items, 64 x 128, so that a tile
//           holds groups of 128 outputs); as many work-groups as the device has units, or tiles,
//           all resident. Where a scale spans the row, those that hold a part of it wait for each
//           other: a row has at most as many tiles as there are work-groups. The form of gelu is in
//           the name: erf, or _tanh
// Variants: the composition linear_w8a8, gelu_quantize runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "common/linear_wgmma_gelu.h"
#include "common/linear_wgmma_groups.h"

#define STAGES 6

// A consumer group. `all_pairs` and `staging`: local memory of each for what the outputs share, and
// for codes. Why meetings end: as in linear_w8a8_gelu_quantize.wgmma.cl, with one team.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_groups_consume(
    int* sums, float* y, struct wgmma_ring ring, const struct wgmma_shape shape, const int form,
    local float4* all_pairs, local char* staging, global const float* xs, global const float* ws,
    global const float* bias, global uint* meeting, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = wgmma_team_group(shape);
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  const int words = MEETING_WORDS(args.meeting_rows);
  wgmma_meeting_clear(meeting + (1 - args.meeting_turn) * words, words, shape);
  local float4* const pairs = all_pairs + group * WGMMA_PAIRS(shape.outputs);
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, WGMMA_MEETING_BAND);
    wgmma_outputs_of_groups(sums, y, &ring, shape, tile, pairs, xs, ws, bias, a);
    float top = 0.0f, bottom = 0.0f;
    int values[64];  // not the sums: whatever else writes these stops the products' overlap
#pragma unroll
    for (int i = 0; i < shape.outputs / 2; i += 8)
      wgmma_gelu_eight(
          values + i,
          (float8)(y[i], y[i + 1], y[i + 2], y[i + 3], y[i + 4], y[i + 5], y[i + 6], y[i + 7]),
          form, &top, &bottom);
    const int first_row = wgmma_here(group) * WGMMA_ROWS;
    local char* const mine = staging + first_row * WGMMA_GELU_BLOCK;
    const int stride = wgmma_here(args.out.stride);
    const size_t to = CODES_TILES_INDEX(tile.m + first_row, tile.n, stride);
    if (first_item) wgmma_stores_read();  // of the tile before: its codes have left
    wgmma_gelu_store(values, top, bottom, shape, tile, meeting, mine, codes + to, codes, scales,
                     &args);
  }
  if (first_item) wgmma_stores_done();
}

// One kernel for each tile and form: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_w8a8_gelu_quantize_wgmma_groups(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = {128, 128, STAGES};
  local char data[STAGES * WGMMA_STAGE(128, 128) + 128 * WGMMA_GELU_BLOCK]
      __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers();
    int sums[64];
    float y[64];
    linear_w8a8_gelu_quantize_wgmma_groups_consume(sums, y, ring, shape, WGMMA_GELU_ERF, pairs,
                                                   data + STAGES * WGMMA_STAGE(128, 128), xs, ws,
                                                   bias, meeting, codes, scales, args);
  }
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void
linear_w8a8_gelu_quantize_wgmma_groups_tanh(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = {128, 128, STAGES};
  local char data[STAGES * WGMMA_STAGE(128, 128) + 128 * WGMMA_GELU_BLOCK]
      __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers();
    int sums[64];
    float y[64];
    linear_w8a8_gelu_quantize_wgmma_groups_consume(sums, y, ring, shape, WGMMA_GELU_TANH, pairs,
                                                   data + STAGES * WGMMA_STAGE(128, 128), xs, ws,
                                                   bias, meeting, codes, scales, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_gelu_quantize_wgmma_groups_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = {64, 128, STAGES};
  local char data[STAGES * WGMMA_STAGE(64, 128) + 64 * WGMMA_GELU_BLOCK]
      __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[64 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    int sums[64];
    float y[64];
    linear_w8a8_gelu_quantize_wgmma_groups_consume(sums, y, ring, shape, WGMMA_GELU_ERF, pairs,
                                                   data + STAGES * WGMMA_STAGE(64, 128), xs, ws,
                                                   bias, meeting, codes, scales, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_gelu_quantize_wgmma_groups_few_tanh(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = {64, 128, STAGES};
  local char data[STAGES * WGMMA_STAGE(64, 128) + 64 * WGMMA_GELU_BLOCK]
      __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[64 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    int sums[64];
    float y[64];
    linear_w8a8_gelu_quantize_wgmma_groups_consume(sums, y, ring, shape, WGMMA_GELU_TANH, pairs,
                                                   data + STAGES * WGMMA_STAGE(64, 128), xs, ws,
                                                   bias, meeting, codes, scales, args);
  }
}
