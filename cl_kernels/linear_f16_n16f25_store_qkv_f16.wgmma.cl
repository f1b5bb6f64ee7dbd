// Operator: linear_f16_n16f25_store_qkv_f16 (NUMERICS.md 3.25), for Hopper's tensor cores
// What:     store_qkv_f16(linear_f16_n16f25(x, w)): queries, keys and values leave as f16
// Buffers:  x ushort [M, K] (F16_TILES); w ushort [3 H D, K], family "tiles"; bias float [3 H D] or
//           null; sequences struct sequence_entry [S], block table int, row sequence int [M]; q
//           ushort [M, H*D] (F16_ROWS); the layer's f16 cache in layout KV_GPU: keys, values
// Args:     struct linear_f16_n16f25_store_qkv_f16_args; D a multiple of 16
// Launch:   persistent: as many work-groups as are resident, or tiles. 384 items, tiles of
//           128 x 256; _192: 128 x 192; _mid: 640 items, two teams with tiles of 128 x 128; 256
//           items, _low: 64 x 128, _few: 64 x 64
// Variants: the composition linear_f16_n16f25, store_qkv_f16 runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "common/linear_f16_wgmma_qkv.h"

// The places of the next tile's rows are looked up during a tile: three loads, each of which waits
// for the one before.
static inline __attribute__((always_inline)) void linear_f16_n16f25_store_qkv_f16_wgmma_consume(
    float* sums, struct linear_f16_wgmma_memory own, const struct wgmma_shape shape,
    global const float* bias, global const struct sequence_entry* sequences,
    global const int* block_table, global const int* row_sequence,
    const struct linear_f16_wgmma_qkv_outputs out,
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
    linear_f16_wgmma_sums(sums, &own.ring, shape, group, steps);
    linear_f16_wgmma_share_places(own.biases, mine, own.places, linear_f16_wgmma_place(lookup),
                                  shape);
    const struct wgmma_tile next =
        wgmma_tile_of(min(t + step, tiles - 1), shape, a.rows, a.outputs, LINEAR_F16_BAND);
    lookup = linear_f16_wgmma_look_up(next, group, a.rows, row_sequence);
    const struct linear_f16_wgmma_qkv_rows rows = {
        own.staging, own.places, m0, min(WGMMA_ROWS, a.rows - m0), args.heads, args.head_size};
#pragma unroll
    for (int j = 0; j < shape.outputs / 8; j += LINEAR_F16_CHUNK / 8) {
      linear_f16_wgmma_qkv_leave(
          linear_f16_wgmma_outputs(sums, j, LINEAR_F16_PLAIN, m, tile.n, own.biases),
          linear_f16_wgmma_outputs(sums, j + 4, LINEAR_F16_PLAIN, m, tile.n, own.biases), rows,
          tile.n + 8 * j, out);
      if (j == 0) linear_f16_wgmma_look_up_entry(&lookup, sequences);
      if (j == shape.outputs / 8 - LINEAR_F16_CHUNK / 8)
        linear_f16_wgmma_look_up_block(&lookup, block_table);
    }
  }
}

static inline __attribute__((always_inline)) void linear_f16_n16f25_store_qkv_f16_wgmma_run(
    local char* memory, const struct wgmma_shape shape, global const ushort* x,
    global const ushort* w, global const float* bias, global const struct sequence_entry* sequences,
    global const int* block_table, global const int* row_sequence,
    const struct linear_f16_wgmma_qkv_outputs out,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  const struct linear_f16_wgmma_memory own = linear_f16_wgmma_memory_of(memory, shape);
  if (wgmma_copies(shape)) {
    linear_f16_wgmma_copy(own.ring, shape, x, w, args.linear);
  } else {
    linear_f16_wgmma_many_registers(shape);
    float sums[128];
    linear_f16_n16f25_store_qkv_f16_wgmma_consume(sums, own, shape, bias, sequences, block_table,
                                                  row_sequence, out, args);
  }
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_store_qkv_f16_wgmma(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const int* restrict row_sequence,
    global ushort* restrict q, global ushort* restrict keys, global ushort* restrict values,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  const struct linear_f16_wgmma_qkv_outputs out = {q, keys, values};
  local char memory[LINEAR_F16_WIDE_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_store_qkv_f16_wgmma_run(memory, linear_f16_wgmma_wide(), x, w, bias, sequences,
                                            block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void
linear_f16_n16f25_store_qkv_f16_wgmma_192(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const int* restrict row_sequence,
    global ushort* restrict q, global ushort* restrict keys, global ushort* restrict values,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  const struct linear_f16_wgmma_qkv_outputs out = {q, keys, values};
  local char memory[LINEAR_F16_192_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_store_qkv_f16_wgmma_run(memory, linear_f16_wgmma_192(), x, w, bias, sequences,
                                            block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_f16_n16f25_store_qkv_f16_wgmma_mid(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const int* restrict row_sequence,
    global ushort* restrict q, global ushort* restrict keys, global ushort* restrict values,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  const struct linear_f16_wgmma_qkv_outputs out = {q, keys, values};
  local char memory[LINEAR_F16_MID_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_store_qkv_f16_wgmma_run(memory, linear_f16_wgmma_mid(), x, w, bias, sequences,
                                            block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_f16_n16f25_store_qkv_f16_wgmma_low(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const int* restrict row_sequence,
    global ushort* restrict q, global ushort* restrict keys, global ushort* restrict values,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  wgmma_two_resident();
  const struct linear_f16_wgmma_qkv_outputs out = {q, keys, values};
  local char memory[LINEAR_F16_LOW_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_store_qkv_f16_wgmma_run(memory, linear_f16_wgmma_low(), x, w, bias, sequences,
                                            block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_f16_n16f25_store_qkv_f16_wgmma_few(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const int* restrict row_sequence,
    global ushort* restrict q, global ushort* restrict keys, global ushort* restrict values,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  wgmma_two_resident();
  const struct linear_f16_wgmma_qkv_outputs out = {q, keys, values};
  local char memory[LINEAR_F16_FEW_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_store_qkv_f16_wgmma_run(memory, linear_f16_wgmma_few(), x, w, bias, sequences,
                                            block_table, row_sequence, out, args);
}
