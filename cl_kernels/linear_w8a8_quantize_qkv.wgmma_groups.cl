// Operator: linear_w8a8_quantize_qkv (NUMERICS.md 3.19), for Hopper's tensor cores, groups along K
// What:     quantize_qkv(linear_w8a8(x, w)): queries, keys and values leave the registers as codes
// Buffers:  as linear_w8a8_quantize_qkv.wgmma.cl, but x scales float [M, x_groups] and w scales
//           float [w_groups, 3 H D]
// Args:     struct linear_w8a8_quantize_qkv_args; group a multiple of 128, or K
// Launch:   persistent: as many work-groups as are resident, or tiles; 384 items, tiles of 128 by
//           128 outputs (_few: 256 items, 64 x 64). The head size is in the name: 64, or _d32,
//           _d128
// Variants: the composition linear_w8a8, quantize_qkv runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "abi/linear_w8a8_quantize_qkv.h"
#include "common/linear_wgmma_groups.h"
#include "common/linear_wgmma_qkv.h"

#define STAGES 6

// The outputs of a head in the item's two rows, as bits, and the largest magnitude of each that it
// holds.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_groups_values(
    int* values, uint* largest, const float* y, const int size) {
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int i = 0; i < size / 4; ++i) {
    const int at = i / 2 * 4 + i % 2;
    top = nvidia_max_magnitude(top, y[at]);
    bottom = nvidia_max_magnitude(bottom, y[at + 2]);
    values[at] = as_int(y[at]);
    values[at + 2] = as_int(y[at + 2]);
  }
  largest[0] = as_uint(top);
  largest[1] = as_uint(bottom);
}

// A consumer group that writes what its items hold: a tile of few rows.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_groups_consume(
    int* sums, float* y, struct wgmma_ring ring, const struct wgmma_shape shape, const int size,
    local float4* pairs, global const float* xs, global const float* ws, global const float* bias,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const int* row_sequence, const struct wgmma_qkv_outputs out,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int last = a.rows - 1, tiles = wgmma_tiles(shape, a.rows, a.outputs);
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, WGMMA_BAND);
    const int m = tile.m + wgmma_row(wgmma_team_group(shape));
    const int2 upper_place =
        wgmma_qkv_find_place(min(m, last), sequences[row_sequence[min(m, last)]], block_table);
    const int2 lower_place = wgmma_qkv_find_place(
        min(m + 8, last), sequences[row_sequence[min(m + 8, last)]], block_table);
    wgmma_outputs_of_groups(sums, y, &ring, shape, tile, pairs, xs, ws, bias, a);
    int values[WGMMA_QKV_OUTPUTS / 2];
    uint largest[WGMMA_FEW_OUTPUTS / 16];
#pragma unroll
    for (int h = 0; h < shape.outputs / size; ++h)
      linear_w8a8_quantize_qkv_wgmma_groups_values(values + h * (size / 2), largest + 2 * h,
                                                   y + h * (size / 2), size);
    wgmma_qkv_store(values, largest, shape.outputs / size * 2, size, m, tile.n, upper_place,
                    lower_place, out, &args.qkv);
  }
}

// A consumer group that collects its codes in `staging`. The tile before has been sent on when all
// items have met for the next one's scales of w, which each tile reads anew.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_groups_collect(
    int* sums, float* y, struct wgmma_ring ring, const struct wgmma_shape shape, const int size,
    local float4* all_pairs, local char* staging, global const float* xs, global const float* ws,
    global const float* bias, global const struct sequence_entry* sequences,
    global const int* block_table, global const int* row_sequence,
    const struct wgmma_qkv_outputs out, const struct linear_w8a8_quantize_qkv_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = wgmma_team_group(shape);
  const int last = a.rows - 1, tiles = wgmma_tiles(shape, a.rows, a.outputs);
  local float4* const pairs = all_pairs + group * WGMMA_PAIRS(shape.outputs);
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, WGMMA_BAND);
    const int m0 = tile.m + group * WGMMA_ROWS,
              placed = min(m0 + (int)get_local_id(0) % WGMMA_ROWS, last);
    const int sequence = row_sequence[placed];
    wgmma_outputs_of_groups(sums, y, &ring, shape, tile, pairs, xs, ws, bias, a);
    const struct sequence_entry entry = wgmma_qkv_sequence(sequences, sequence);
    const int here = wgmma_here(get_local_id(0)), item = (int)((uint)here % WGMMA_ITEMS);
    local char* const codes = staging + here / WGMMA_ITEMS * WGMMA_QKV_STAGING;
    local uint* const places = (local uint*)(codes + WGMMA_ROWS * WGMMA_QKV_OUTPUTS);
    uint largest[WGMMA_QKV_OUTPUTS / 16];
    int values[WGMMA_QKV_OUTPUTS / 2];
#pragma unroll
    for (int h = 0; h < shape.outputs / size; ++h)
      linear_w8a8_quantize_qkv_wgmma_groups_values(values + h * (size / 2), largest + 2 * h,
                                                   y + h * (size / 2), size);
    const struct wgmma_qkv_tile part = {codes,
                                        places,
                                        m0,
                                        tile.n,
                                        min(WGMMA_ROWS, a.rows - m0),
                                        wgmma_here(args.qkv.heads),
                                        size,
                                        wgmma_here(args.qkv.q_stride),
                                        item};
    wgmma_qkv_leave(values, largest, part, entry, block_table, out);
  }
}

// One kernel for each tile and head size: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_w8a8_quantize_qkv_wgmma_groups(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {128, 128, STAGES};
  local char data[STAGES * WGMMA_STAGE(128, 128) + 2 * WGMMA_QKV_STAGING]
      __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers();
    int sums[64];
    float y[64];
    const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
    linear_w8a8_quantize_qkv_wgmma_groups_collect(
        sums, y, ring, shape, 64, pairs, data + STAGES * WGMMA_STAGE(128, 128), xs, ws, bias,
        sequences, block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void
linear_w8a8_quantize_qkv_wgmma_groups_d32(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {128, 128, STAGES};
  local char data[STAGES * WGMMA_STAGE(128, 128) + 2 * WGMMA_QKV_STAGING]
      __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers();
    int sums[64];
    float y[64];
    const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
    linear_w8a8_quantize_qkv_wgmma_groups_collect(
        sums, y, ring, shape, 32, pairs, data + STAGES * WGMMA_STAGE(128, 128), xs, ws, bias,
        sequences, block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void
linear_w8a8_quantize_qkv_wgmma_groups_d128(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {128, 128, STAGES};
  local char data[STAGES * WGMMA_STAGE(128, 128) + 2 * WGMMA_QKV_STAGING]
      __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers();
    int sums[64];
    float y[64];
    const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
    linear_w8a8_quantize_qkv_wgmma_groups_collect(
        sums, y, ring, shape, 128, pairs, data + STAGES * WGMMA_STAGE(128, 128), xs, ws, bias,
        sequences, block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_quantize_qkv_wgmma_groups_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {64, 64, STAGES};
  local char data[STAGES * WGMMA_STAGE(64, 64)] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[64 / WGMMA_ROWS * WGMMA_PAIRS(64)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    int sums[32];
    float y[32];
    const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
    linear_w8a8_quantize_qkv_wgmma_groups_consume(sums, y, ring, shape, 64, pairs, xs, ws, bias,
                                                  sequences, block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_quantize_qkv_wgmma_groups_few_d32(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {64, 64, STAGES};
  local char data[STAGES * WGMMA_STAGE(64, 64)] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(STAGES)];
  local float4 pairs[64 / WGMMA_ROWS * WGMMA_PAIRS(64)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    int sums[32];
    float y[32];
    const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
    linear_w8a8_quantize_qkv_wgmma_groups_consume(sums, y, ring, shape, 32, pairs, xs, ws, bias,
                                                  sequences, block_table, row_sequence, out, args);
  }
}
