// Operator: linear_f16_n16f25_gelu_f16 (NUMERICS.md 3.25), for Hopper's tensor cores
// What:     gelu_f16(linear_f16_n16f25(x, w)): the product's sums leave as f16(gelu_fine)
// Buffers:  x ushort [M, K] (F16_TILES); w ushort, family "tiles"; bias float [N] or null; y ushort
//           [M, N] in either layout
// Args:     struct linear_f16_n16f25_args
// Launch:   persistent: as many work-groups as are resident, or tiles; 384 items, tiles of 128 x
// 256
//           (_few: 256 items, 64 x 64). The form is in the name: erf, or _tanh
// Variants: the composition linear_f16_n16f25, gelu_f16 runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "common/linear_f16_wgmma.h"

// A consumer group. `staging`, `biases`: its own.
static inline __attribute__((always_inline)) void linear_f16_n16f25_gelu_f16_wgmma_consume(
    float* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int form,
    local char* staging, local float2* biases, global const float* bias, global ushort* y,
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
    for (int j = 0; j < shape.outputs / 8; j += LINEAR_F16_CHUNK / 8)
      linear_f16_wgmma_leave(sums, j, form, tile, group, staging, biases, y, &a);
  }
}

// One kernel for each tile and form: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_gelu_f16_wgmma(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global ushort* restrict y,
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
    linear_f16_n16f25_gelu_f16_wgmma_consume(sums, ring, shape, LINEAR_F16_GELU_ERF,
                                             linear_f16_wgmma_staging(data, shape),
                                             linear_f16_wgmma_biases(biases, shape), bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_f16_n16f25_gelu_f16_wgmma_few(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global ushort* restrict y,
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
    linear_f16_n16f25_gelu_f16_wgmma_consume(sums, ring, shape, LINEAR_F16_GELU_ERF,
                                             linear_f16_wgmma_staging(data, shape),
                                             linear_f16_wgmma_biases(biases, shape), bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_gelu_f16_wgmma_tanh(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global ushort* restrict y,
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
    linear_f16_n16f25_gelu_f16_wgmma_consume(sums, ring, shape, LINEAR_F16_GELU_TANH,
                                             linear_f16_wgmma_staging(data, shape),
                                             linear_f16_wgmma_biases(biases, shape), bias, y, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_f16_n16f25_gelu_f16_wgmma_few_tanh(global const ushort* restrict x,
                                          global const ushort* restrict w,
                                          global const float* restrict bias,
                                          global ushort* restrict y,
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
    linear_f16_n16f25_gelu_f16_wgmma_consume(sums, ring, shape, LINEAR_F16_GELU_TANH,
                                             linear_f16_wgmma_staging(data, shape),
                                             linear_f16_wgmma_biases(biases, shape), bias, y, args);
  }
}
