// Operator: linear_f16_n16f25_store_qkv_f16 (NUMERICS.md 3.25), for Hopper's tensor cores
// What:     store_qkv_f16(linear_f16_n16f25(x, w)): queries, keys and values leave as f16
// Buffers:  x ushort [M, K] (F16_TILES); w ushort [3 H D, K], family "tiles"; bias float [3 H D] or
//           null; sequences struct sequence_entry [S], block table int, row sequence int [M]; q
//           ushort [M, H*D] (F16_ROWS); the layer's f16 cache in layout KV_GPU: keys, values
// Args:     struct linear_f16_n16f25_store_qkv_f16_args; D a multiple of 16
// Launch:   persistent: as many work-groups as are resident, or tiles; 384 items, tiles of 128 x
// 256
//           (_few: 256 items, 64 x 64)
// Variants: the composition linear_f16_n16f25, store_qkv_f16 runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "common/linear_f16_wgmma_qkv.h"

// A consumer group. `staging`, `biases`, `places`: its own. The places of the next tile's rows are
// looked up meanwhile: three loads, each of which waits for the one before.
static inline __attribute__((always_inline)) void linear_f16_n16f25_store_qkv_f16_wgmma_consume(
    float* sums, struct wgmma_ring ring, const struct wgmma_shape shape, local char* staging,
    local float2* biases, local uint* places, global const float* bias,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const int* row_sequence, const struct linear_f16_wgmma_qkv_outputs out,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  const struct linear_f16_n16f25_args a = args.linear;
  const int group = wgmma_team_group(shape), steps = wgmma_steps(2 * a.x.stride);
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  const int step = wgmma_tile_step(shape, a.outputs), first = wgmma_first_tile(shape, a.outputs);
  struct linear_f16_wgmma_lookup lookup;
  if (first < tiles) {
    lookup =
        linear_f16_wgmma_look_up(wgmma_tile_of(first, shape, a.rows, a.outputs, LINEAR_F16_BAND),
                                 group, a.rows, row_sequence);
    linear_f16_wgmma_look_up_entry(&lookup, sequences);
    linear_f16_wgmma_look_up_block(&lookup, block_table);
  }
  for (int t = first; t < tiles; t += step) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, LINEAR_F16_BAND);
    const int m0 = tile.m + group * WGMMA_ROWS, m = tile.m + wgmma_row(group);
    const float2 mine = linear_f16_wgmma_fetch(bias, a.has_bias, tile.n, a.outputs);
    linear_f16_wgmma_sums(sums, &ring, shape, group, steps);
    linear_f16_wgmma_share_places(biases, mine, places, linear_f16_wgmma_place(lookup), shape);
    const struct wgmma_tile next =
        wgmma_tile_of(min(t + step, tiles - 1), shape, a.rows, a.outputs, LINEAR_F16_BAND);
    lookup = linear_f16_wgmma_look_up(next, group, a.rows, row_sequence);
    const struct linear_f16_wgmma_qkv_rows rows = {
        staging, places, m0, min(WGMMA_ROWS, a.rows - m0), args.heads, args.head_size};
#pragma unroll
    for (int j = 0; j < shape.outputs / 8; j += LINEAR_F16_CHUNK / 8) {
      linear_f16_wgmma_qkv_leave(
          linear_f16_wgmma_outputs(sums, j, LINEAR_F16_PLAIN, m, tile.n, biases),
          linear_f16_wgmma_outputs(sums, j + 4, LINEAR_F16_PLAIN, m, tile.n, biases), rows,
          tile.n + 8 * j, out);
      if (j == 0) linear_f16_wgmma_look_up_entry(&lookup, sequences);
      if (j == shape.outputs / 8 - LINEAR_F16_CHUNK / 8)
        linear_f16_wgmma_look_up_block(&lookup, block_table);
    }
  }
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_store_qkv_f16_wgmma(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const int* restrict row_sequence,
    global ushort* restrict q, global ushort* restrict keys, global ushort* restrict values,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  const struct wgmma_shape shape = {128, 256, 4};
  local char data[4 * WGMMA_STAGE(128, 256) + 2 * LINEAR_F16_STAGING]
      __attribute__((aligned(1024)));
  local ulong barriers[2 * 4];
  local float2 biases[2 * LINEAR_F16_BIASES(256)];
  local uint places[2 * WGMMA_ROWS];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, LINEAR_F16_BAND, (global const char*)x, (global const char*)w,
                  linear_f16_wgmma_bytes(args.linear));
  } else {
    wgmma_many_registers();
    float sums[128];
    const struct linear_f16_wgmma_qkv_outputs out = {q, keys, values};
    linear_f16_n16f25_store_qkv_f16_wgmma_consume(
        sums, ring, shape, linear_f16_wgmma_staging(data, shape),
        linear_f16_wgmma_biases(biases, shape), linear_f16_wgmma_places(places), bias, sequences,
        block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_f16_n16f25_store_qkv_f16_wgmma_few(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const int* restrict row_sequence,
    global ushort* restrict q, global ushort* restrict keys, global ushort* restrict values,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  const struct wgmma_shape shape = {64, 64, 6};
  local char data[6 * WGMMA_STAGE(64, 64) + 1 * LINEAR_F16_STAGING] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  local float2 biases[1 * LINEAR_F16_BIASES(64)];
  local uint places[1 * WGMMA_ROWS];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, LINEAR_F16_BAND, (global const char*)x, (global const char*)w,
                  linear_f16_wgmma_bytes(args.linear));
  } else {
    float sums[32];
    const struct linear_f16_wgmma_qkv_outputs out = {q, keys, values};
    linear_f16_n16f25_store_qkv_f16_wgmma_consume(
        sums, ring, shape, linear_f16_wgmma_staging(data, shape),
        linear_f16_wgmma_biases(biases, shape), linear_f16_wgmma_places(places), bias, sequences,
        block_table, row_sequence, out, args);
  }
}
