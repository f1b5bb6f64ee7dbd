// Operator: linear_w8a8 (NUMERICS.md 3.5), variant for Hopper's tensor cores
// What:     as linear_w8a8.cl; integer sums by wgmma, exact in int32
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M, x_groups]; w char [N, K] in the same
//           tiles (family "tiles"), w scales float [N, w_groups]; bias float [N] or null;
//           y float [M, y_stride]
// Args:     struct linear_w8a8_args; group a multiple of 128, or K
// Launch:   persistent: as many work-groups as are resident, or tiles. linear_w8a8_wgmma: 384 items,
//           tiles of 128 x 256; _mid: 128 x 128; _few: 256 items, 64 x 64; _groups and _groups_few:
//           the same two with sums for each group along K
// Variants: portable GPU shape linear_w8a8.group.cl
// Source:   PTX ISA, wgmma.mma_async; warp-specialized persistent products as in CUTLASS
// Not here: weights or activations in groups of 16, 32 or 64 (linear_w8a8.group.cl)
#include "common/linear_wgmma.h"

#define BAND 8  // tiles of rows that go through all outputs together

// Stores outputs n and n + 1 of row m, those that exist.
static inline void linear_w8a8_wgmma_store(const float2 v, const int m, const int n,
                                           global float* y, const struct linear_w8a8_args* a) {
  if (m >= a->rows || n >= a->outputs) return;
  const float first = ZCL_ELEMENT_F(v.x, (size_t)m * a->outputs + n);
  y += (size_t)m * a->y_stride + n;
  if (n + 1 < a->outputs && a->y_stride % 2 == 0) {
    *(global float2*)y = (float2)(first, v.y);
    return;
  }
  y[0] = first;
  if (n + 1 < a->outputs) y[1] = v.y;
}

// A consumer group: one group along K.
static inline __attribute__((always_inline)) void linear_w8a8_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, global const float* xs,
    global const float* ws, global const float* bias, global float* y,
    const struct linear_w8a8_args args) {
  const int group = (int)get_local_id(0) / WGMMA_ITEMS, last = args.rows - 1;
  const int steps = wgmma_steps(args.inputs);
  const int tiles = wgmma_tiles(shape, args.rows, args.outputs);
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, args.rows, args.outputs, BAND);
    wgmma_sums(sums, &ring, shape, group, steps);
    const int m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, last)]), lower = ZCL_SCALE(xs[min(m + 8, last)]);
#pragma unroll
    for (int j = 0; j < shape.outputs / 8; ++j) {
      const int n = tile.n + 8 * j + wgmma_column();
      const float2 scale = wgmma_pair(ws, n, args.outputs);
      const float2 b = args.has_bias ? wgmma_pair(bias, n, args.outputs) : (float2)(0.0f);
      linear_w8a8_wgmma_store(wgmma_scaled(sums[4 * j], sums[4 * j + 1], upper, scale, b), m, n, y,
                              &args);
      linear_w8a8_wgmma_store(wgmma_scaled(sums[4 * j + 2], sums[4 * j + 3], lower, scale, b),
                              m + 8, n, y, &args);
    }
  }
}

// y += a group's sums: the next link of the chain of fma.
static inline __attribute__((always_inline)) void linear_w8a8_wgmma_fold(
    float* y, const int* sums, const int j, const int m, const int n0,
    const struct wgmma_shape shape, global const float* xs, global const float* ws,
    const struct linear_w8a8_args* a) {
  const int last = a->rows - 1;
  xs += j / a->x_span;
  ws += j / a->w_span;
  const float upper = ZCL_SCALE(xs[(size_t)min(m, last) * a->x_groups]);
  const float lower = ZCL_SCALE(xs[(size_t)min(m + 8, last) * a->x_groups]);
#pragma unroll
  for (int i = 0; i < shape.outputs / 8; ++i) {
    const int n = n0 + 8 * i + wgmma_column();
    float2 scale;
    if (a->w_groups == 1) {
      scale = wgmma_pair(ws, n, a->outputs);
    } else {
      scale.x = ws[(size_t)min(n, a->outputs - 1) * a->w_groups];
      scale.y = ws[(size_t)min(n + 1, a->outputs - 1) * a->w_groups];
    }
    y[4 * i] = fma((float)sums[4 * i] * upper, scale.x, y[4 * i]);
    y[4 * i + 1] = fma((float)sums[4 * i + 1] * upper, scale.y, y[4 * i + 1]);
    y[4 * i + 2] = fma((float)sums[4 * i + 2] * lower, scale.x, y[4 * i + 2]);
    y[4 * i + 3] = fma((float)sums[4 * i + 3] * lower, scale.y, y[4 * i + 3]);
  }
}

// A consumer group: groups along K in turn. While one consumer group folds, the other's products run.
static inline __attribute__((always_inline)) void linear_w8a8_wgmma_consume_groups(
    int* sums, float* sum, struct wgmma_ring ring, const struct wgmma_shape shape,
    global const float* xs, global const float* ws, global const float* bias, global float* y,
    const struct linear_w8a8_args args) {
  const int group = (int)get_local_id(0) / WGMMA_ITEMS;
  const int steps = wgmma_steps(args.inputs), span = wgmma_steps(args.group);
  const int tiles = wgmma_tiles(shape, args.rows, args.outputs);
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, args.rows, args.outputs, BAND);
    const int m = tile.m + wgmma_row(group);
#pragma unroll
    for (int i = 0; i < shape.outputs / 8; ++i) {
      const int n = tile.n + 8 * i + wgmma_column();
      const float2 b = args.has_bias ? wgmma_pair(bias, n, args.outputs) : (float2)(0.0f);
      sum[4 * i] = sum[4 * i + 2] = b.x;
      sum[4 * i + 1] = sum[4 * i + 3] = b.y;
    }
    for (int j = 0; j < args.groups; ++j) {
      wgmma_sums(sums, &ring, shape, group, min(span, steps - j * span));
      linear_w8a8_wgmma_fold(sum, sums, j, m, tile.n, shape, xs, ws, &args);
    }
#pragma unroll
    for (int i = 0; i < shape.outputs / 8; ++i) {
      const int n = tile.n + 8 * i + wgmma_column();
      linear_w8a8_wgmma_store((float2)(sum[4 * i], sum[4 * i + 1]), m, n, y, &args);
      linear_w8a8_wgmma_store((float2)(sum[4 * i + 2], sum[4 * i + 3]), m + 8, n, y, &args);
    }
  }
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1)))
void linear_w8a8_wgmma(global const char* x, global const float* xs, global const char* w,
                       global const float* ws, global const float* bias, global float* y,
                       const struct linear_w8a8_args args) {
  const struct wgmma_shape shape = {128, 256, 4};
  local char data[4 * WGMMA_STAGE(128, 256)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 4];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, BAND, x, w, args);
  } else {
    wgmma_many_registers();
    int sums[128];
    linear_w8a8_wgmma_consume(sums, ring, shape, xs, ws, bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(384, 1, 1)))
void linear_w8a8_wgmma_mid(global const char* x, global const float* xs, global const char* w,
                           global const float* ws, global const float* bias, global float* y,
                           const struct linear_w8a8_args args) {
  const struct wgmma_shape shape = {128, 128, 6};
  local char data[6 * WGMMA_STAGE(128, 128)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, BAND, x, w, args);
  } else {
    int sums[64];
    linear_w8a8_wgmma_consume(sums, ring, shape, xs, ws, bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void linear_w8a8_wgmma_few(global const char* x, global const float* xs, global const char* w,
                           global const float* ws, global const float* bias, global float* y,
                           const struct linear_w8a8_args args) {
  const struct wgmma_shape shape = {64, 64, 6};
  local char data[6 * WGMMA_STAGE(64, 64)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, BAND, x, w, args);
  } else {
    int sums[32];
    linear_w8a8_wgmma_consume(sums, ring, shape, xs, ws, bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(384, 1, 1)))
void linear_w8a8_wgmma_groups(global const char* x, global const float* xs, global const char* w,
                              global const float* ws, global const float* bias, global float* y,
                              const struct linear_w8a8_args args) {
  const struct wgmma_shape shape = {128, 128, 6};
  local char data[6 * WGMMA_STAGE(128, 128)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, BAND, x, w, args);
  } else {
    wgmma_many_registers();
    int sums[64];
    float sum[64];
    linear_w8a8_wgmma_consume_groups(sums, sum, ring, shape, xs, ws, bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void linear_w8a8_wgmma_groups_few(global const char* x, global const float* xs, global const char* w,
                                  global const float* ws, global const float* bias, global float* y,
                                  const struct linear_w8a8_args args) {
  const struct wgmma_shape shape = {64, 64, 6};
  local char data[6 * WGMMA_STAGE(64, 64)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, BAND, x, w, args);
  } else {
    int sums[32];
    float sum[32];
    linear_w8a8_wgmma_consume_groups(sums, sum, ring, shape, xs, ws, bias, y, args);
  }
}
