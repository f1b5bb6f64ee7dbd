// Operator: linear_w8a8 (NUMERICS.md 3.5), variant for Hopper's tensor cores
// What:     as linear_w8a8.cl; integer sums by wgmma, exact in int32
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M, x_groups]; w char [N, K] of family
//           "tiles" (WEIGHT_TILES_INDEX), w scales float [w_groups, N]; bias float [N] or null;
//           y float [M, y_stride]
// Args:     struct linear_w8a8_args; group a multiple of 128, or K
// Launch:   persistent: as many work-groups as are resident, or tiles. linear_w8a8_wgmma: 384
//           items, tiles of 128 x 256; _mid: 640 items, two teams that take turns at tiles of
//           128 x 128; _still: the same, K up to LINEAR_W8A8_STILL_INPUTS, whole sets of
//           work-groups side by side over all outputs (wgmma_shape); _few: 256 items, 64 x 64;
//           _narrow: 256 items, 64 x 32. With sums for each group along K: _groups: 384 items,
//           128 x 128; _groups_few: 256 items, 64 x 64
// Variants: portable GPU shape linear_w8a8.group.cl
// Source:   PTX ISA, wgmma.mma_async; warp-specialized persistent products as in CUTLASS
// Not here: weights or activations in groups of 16, 32 or 64 (linear_w8a8.group.cl)
#include "common/linear_wgmma_float.h"
#include "common/linear_wgmma_groups.h"

// A consumer group: one group along K.
static inline __attribute__((always_inline)) void linear_w8a8_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, local float4* all_pairs,
    global const float* xs, global const float* ws, global const float* bias, global float* y,
    const struct linear_w8a8_args args) {
  const int group = wgmma_team_group(shape), last = args.rows - 1;
  const int steps = wgmma_steps(args.inputs);
  const int tiles = wgmma_tiles(shape, args.rows, args.outputs);
  local float4* const pairs =
      all_pairs + (int)get_local_id(0) / WGMMA_ITEMS * WGMMA_PAIRS(shape.outputs);
  for (int t = wgmma_first_tile(shape, args.outputs); t < tiles;
       t += wgmma_tile_step(shape, args.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, args.rows, args.outputs, WGMMA_BAND);
    const int m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, last)]), lower = ZCL_SCALE(xs[min(m + 8, last)]);
    const float4 mine = wgmma_fetch_pair(ws, bias, args.has_bias, tile.n, args.outputs);
    wgmma_sums(sums, &ring, shape, group, steps);
    wgmma_share_pairs(pairs, mine, shape);
    const struct linear_w8a8_wgmma_place place =
        linear_w8a8_wgmma_place_of(y, m, tile.n, shape, &args);
#pragma unroll
    for (int i = 0; i < shape.outputs / 16; ++i) {
      const struct wgmma_pair pair = wgmma_shared_pair(pairs, i);
      const float4 top = wgmma_scaled(wgmma_upper(sums + 8 * i), upper, pair);
      const float4 bottom = wgmma_scaled(wgmma_lower(sums + 8 * i), lower, pair);
      const int n = tile.n + 16 * i + wgmma_column();
      linear_w8a8_wgmma_store(place, i, linear_w8a8_wgmma_first(top, m, n), bottom);
    }
  }
}

// A consumer group: groups along K in turn.
static inline __attribute__((always_inline)) void linear_w8a8_wgmma_consume_groups(
    int* sums, float* v, struct wgmma_ring ring, const struct wgmma_shape shape,
    local float4* all_pairs, global const float* xs, global const float* ws,
    global const float* bias, global float* y, const struct linear_w8a8_args args) {
  const int group = wgmma_team_group(shape);
  const int tiles = wgmma_tiles(shape, args.rows, args.outputs);
  local float4* const pairs = all_pairs + group * WGMMA_PAIRS(shape.outputs);
  for (int t = wgmma_first_tile(shape, args.outputs); t < tiles;
       t += wgmma_tile_step(shape, args.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, args.rows, args.outputs, WGMMA_BAND);
    wgmma_outputs_of_groups(sums, v, &ring, shape, tile, pairs, xs, ws, bias, args);
    const int m = tile.m + wgmma_row(group);
    const struct linear_w8a8_wgmma_place place =
        linear_w8a8_wgmma_place_of(y, m, tile.n, shape, &args);
#pragma unroll
    for (int i = 0; i < shape.outputs / 16; ++i) {
      const int n = tile.n + 16 * i + wgmma_column();
      const float4 top = (float4)(v[8 * i], v[8 * i + 1], v[8 * i + 4], v[8 * i + 5]);
      linear_w8a8_wgmma_store(place, i, linear_w8a8_wgmma_first(top, m, n),
                              (float4)(v[8 * i + 2], v[8 * i + 3], v[8 * i + 6], v[8 * i + 7]));
    }
  }
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_w8a8_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct wgmma_shape shape = {128, 256, 4};
  local char data[4 * WGMMA_STAGE(128, 256)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 4];
  local float4 pairs[128 / WGMMA_ROWS * WGMMA_PAIRS(256)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args);
  } else {
    wgmma_many_registers();
    int sums[128];
    linear_w8a8_wgmma_consume(sums, ring, shape, pairs, xs, ws, bias, y, args);
  }
}

// Two teams.
static inline __attribute__((always_inline)) void linear_w8a8_wgmma_mid_run(
    local char* data, local ulong* barriers, local float4* pairs, const struct wgmma_shape shape,
    global const char* x, global const float* xs, global const char* w, global const float* ws,
    global const float* bias, global float* y, const struct linear_w8a8_args args) {
  const struct wgmma_ring ring = wgmma_mid_ring_init(data, barriers, shape, args.inputs);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_wgmma_consume(sums, ring, shape, pairs, xs, ws, bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_wgmma_mid(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  linear_w8a8_wgmma_mid_run(data, barriers, pairs, wgmma_mid(), x, xs, w, ws, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_wgmma_still(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  linear_w8a8_wgmma_mid_run(data, barriers, pairs, wgmma_still(), x, xs, w, ws, bias, y, args);
}

// `shape`: few or narrow.
static inline __attribute__((always_inline)) void linear_w8a8_wgmma_few_run(
    const struct wgmma_ring ring, const struct wgmma_shape shape, local float4* pairs,
    global const char* x, global const float* xs, global const char* w, global const float* ws,
    global const float* bias, global float* y, const struct linear_w8a8_args args) {
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};  // asm has them as read, too
    linear_w8a8_wgmma_consume(sums, ring, shape, pairs, xs, ws, bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  linear_w8a8_wgmma_few_run(wgmma_ring_init(data, barriers, wgmma_few()), wgmma_few(), pairs, x, xs,
                            w, ws, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_wgmma_narrow(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_NARROW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_NARROW_OUTPUTS)];
  linear_w8a8_wgmma_few_run(wgmma_ring_init(data, barriers, wgmma_narrow()), wgmma_narrow(), pairs,
                            x, xs, w, ws, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_w8a8_wgmma_groups(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct wgmma_shape shape = {128, 128, 6};
  local char data[6 * WGMMA_STAGE(128, 128)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  local float4 pairs[128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args);
  } else {
    wgmma_many_registers();
    int sums[64];
    float sum[64];
    linear_w8a8_wgmma_consume_groups(sums, sum, ring, shape, pairs, xs, ws, bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_wgmma_groups_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct wgmma_shape shape = {64, 64, 6};
  local char data[6 * WGMMA_STAGE(64, 64)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  local float4 pairs[64 / WGMMA_ROWS * WGMMA_PAIRS(64)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args);
  } else {
    int sums[32];
    float sum[32];
    linear_w8a8_wgmma_consume_groups(sums, sum, ring, shape, pairs, xs, ws, bias, y, args);
  }
}
