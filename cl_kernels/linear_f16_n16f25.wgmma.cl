// Operator: linear_f16_n16f25 (NUMERICS.md 3.23), variant for Hopper's tensor cores
// What:     as linear_f16_n16f25.cl; each wgmma is one fused sum of 16 products
// Buffers:  x ushort [M, K] (F16_TILES); w ushort, family "tiles"; bias float [N] or null; y float
//           [M, y.stride] or ushort in either layout
// Args:     struct linear_f16_n16f25_args
// Launch:   persistent: as many work-groups as are resident, or tiles. linear_f16_n16f25_wgmma: 384
//           items, tiles of 128 x 256; _mid: 128 x 128; _few: 256 items, 64 x 64
// Variants: portable GPU shape linear_f16_n16f25.group.cl
// Source:   PTX ISA, wgmma.mma_async; warp-specialized persistent products as in CUTLASS
#include "common/linear_f16_wgmma.h"

// Outputs of two blocks of columns to y in f32.
static inline __attribute__((always_inline)) void linear_f16_n16f25_wgmma_floats(
    const float8 v, global float* y, const int m, const int n,
    const struct linear_f16_n16f25_args* a) {
  const float4 rows[2] = {(float4)(v.s0, v.s1, v.s4, v.s5), (float4)(v.s2, v.s3, v.s6, v.s7)};
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    if (m + 8 * r >= a->rows) continue;
    global float* const to = y + (size_t)(m + 8 * r) * a->y.stride + n;
    const float first = ZCL_ELEMENT_F(rows[r].x, m + 8 * r + n);
    if (a->y.stride % 2 == 0 && n + 9 < a->outputs) {
      *(global float2*)to = (float2)(first, rows[r].y);
      *(global float2*)(to + 8) = rows[r].zw;
      continue;
    }
    if (n < a->outputs) to[0] = first;
    if (n + 1 < a->outputs) to[1] = rows[r].y;
    if (n + 8 < a->outputs) to[8] = rows[r].z;
    if (n + 9 < a->outputs) to[9] = rows[r].w;
  }
}

// A consumer group. `staging`, `biases`: its own.
static inline __attribute__((always_inline)) void linear_f16_n16f25_wgmma_consume(
    float* sums, struct wgmma_ring ring, const struct wgmma_shape shape, local char* staging,
    local float2* biases, global const float* bias, global float* y,
    const struct linear_f16_n16f25_args a) {
  const int group = wgmma_team_group(shape), steps = wgmma_steps(2 * a.x.stride);
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, LINEAR_F16_BAND);
    const float2 mine = linear_f16_wgmma_fetch(bias, a.has_bias, tile.n, a.outputs);
    linear_f16_wgmma_sums(sums, &ring, shape, group, steps);
    linear_f16_wgmma_share(biases, mine, shape);
#pragma unroll
    for (int j = 0; j < shape.outputs / 8; j += LINEAR_F16_CHUNK / 8) {
      if (a.y_f16) {
        linear_f16_wgmma_leave(sums, j, LINEAR_F16_PLAIN, tile, group, staging, biases,
                               (global ushort*)y, &a);
        continue;
      }
#pragma unroll
      for (int i = j; i < j + LINEAR_F16_CHUNK / 8; i += 2)
        linear_f16_n16f25_wgmma_floats(linear_f16_wgmma_values(sums, i, LINEAR_F16_PLAIN, biases),
                                       y, tile.m + wgmma_row(group),
                                       tile.n + 8 * i + linear_f16_wgmma_column(), &a);
    }
  }
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_wgmma(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  const struct wgmma_shape shape = {128, 256, 4};
  local char data[4 * WGMMA_STAGE(128, 256) + 2 * LINEAR_F16_STAGING]
      __attribute__((aligned(1024)));
  local ulong barriers[2 * 4];
  local float2 biases[2 * LINEAR_F16_BIASES(256)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, LINEAR_F16_BAND, (global const char*)x, (global const char*)w,
                  linear_f16_wgmma_bytes(args));
  } else {
    wgmma_many_registers();
    float sums[128];
    linear_f16_n16f25_wgmma_consume(sums, ring, shape, linear_f16_wgmma_staging(data, shape),
                                    linear_f16_wgmma_biases(biases, shape), bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_wgmma_mid(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  const struct wgmma_shape shape = {128, 128, 6};
  local char data[6 * WGMMA_STAGE(128, 128) + 2 * LINEAR_F16_STAGING]
      __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  local float2 biases[2 * LINEAR_F16_BIASES(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, LINEAR_F16_BAND, (global const char*)x, (global const char*)w,
                  linear_f16_wgmma_bytes(args));
  } else {
    float sums[64];
    linear_f16_n16f25_wgmma_consume(sums, ring, shape, linear_f16_wgmma_staging(data, shape),
                                    linear_f16_wgmma_biases(biases, shape), bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_f16_n16f25_wgmma_few(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  const struct wgmma_shape shape = {64, 64, 6};
  local char data[6 * WGMMA_STAGE(64, 64) + 1 * LINEAR_F16_STAGING] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  local float2 biases[1 * LINEAR_F16_BIASES(64)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, LINEAR_F16_BAND, (global const char*)x, (global const char*)w,
                  linear_f16_wgmma_bytes(args));
  } else {
    float sums[32];
    linear_f16_n16f25_wgmma_consume(sums, ring, shape, linear_f16_wgmma_staging(data, shape),
                                    linear_f16_wgmma_biases(biases, shape), bias, y, args);
  }
}
