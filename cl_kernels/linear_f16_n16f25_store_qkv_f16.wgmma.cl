// Operator: linear_f16_n16f25_store_qkv_f16 (NUMERICS.md 3.25), for Hopper's tensor cores
// What:     store_qkv_f16(linear_f16_n16f25(x, w)): queries, keys and values leave the registers as
// f16 Buffers:  x ushort [M, K] (F16_TILES); w ushort [3 H D, K], family "tiles"; bias float [3 H
// D] or null;
//           sequences struct sequence_entry [S], block table int, row sequence int [M]; q ushort
//           [M, H*D] (F16_ROWS); the layer's f16 cache in layout KV_GPU: keys, values
// Args:     struct linear_f16_n16f25_store_qkv_f16_args; D a multiple of 16
// Launch:   persistent: as many work-groups as are resident, or tiles; 384 items, tiles of 128 x
// 256
//           (_few: 256 items, 64 x 64)
// Variants: the composition linear_f16_n16f25, store_qkv_f16 runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "common/linear_f16_wgmma.h"

struct linear_f16_n16f25_store_qkv_f16_wgmma_outputs {
  global ushort* q;
  global ushort* keys;
  global ushort* values;
};

// Where a row's key and value go: the cache block, and the slot in it.
static inline int2 linear_f16_n16f25_store_qkv_f16_wgmma_place(
    const int row, global const struct sequence_entry* sequences, global const int* block_table,
    global const int* row_sequence) {
  const struct sequence_entry sequence = sequences[row_sequence[row]];
  const int position = sequence.position + (row - sequence.row);
  return (int2)(block_table[sequence.blocks + position / KEY_BLOCK], position % KEY_BLOCK);
}

// One row's piece of eight columns from n on, which lie in one head.
static inline void linear_f16_n16f25_store_qkv_f16_wgmma_store(
    const uint4 piece, const int m, const int n, const int2 place,
    const struct linear_f16_n16f25_store_qkv_f16_wgmma_outputs out,
    const struct linear_f16_n16f25_store_qkv_f16_args* args) {
  const int size = args->head_size, width = args->heads * size;
  if (m >= args->linear.rows || n >= 3 * width) return;
  const int part = n / width, column = n % width;
  if (part == 0) {
    *(global uint4*)(out.q + (size_t)m * width + column) = piece;
    return;
  }
  const int d = column % size;
  const size_t block = ((size_t)place.x * args->heads + column / size) * KV_PADDED_PART(size);
  if (part == 1) {
    *(global uint4*)(out.keys + block + KV_GPU_I8_KEY(place.y, d)) = piece;
    return;
  }
  global ushort* const to = out.values + block + KV_GPU_I8_VALUE(place.y, d, size);
  const uint words[4] = {piece.x, piece.y, piece.z, piece.w};
#pragma unroll
  for (int i = 0; i < 8; ++i) to[16 * i] = (ushort)(words[i / 2] >> (i % 2 * 16));
}

// A consumer group.
static inline __attribute__((always_inline)) void linear_f16_n16f25_store_qkv_f16_wgmma_consume(
    float* sums, struct wgmma_ring ring, const struct wgmma_shape shape, local float4* all_pairs,
    global const float* bias, global const struct sequence_entry* sequences,
    global const int* block_table, global const int* row_sequence,
    const struct linear_f16_n16f25_store_qkv_f16_wgmma_outputs out,
    const struct linear_f16_n16f25_store_qkv_f16_args args) {
  const struct linear_f16_n16f25_args a = args.linear;
  const int group = (int)get_local_id(0) / WGMMA_ITEMS, q = (int)get_local_id(0) % 4;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs), steps = wgmma_steps(2 * a.x.stride);
  local float4* const pairs = all_pairs + group * WGMMA_PAIRS(shape.outputs);
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, LINEAR_F16_BAND);
    const int m = tile.m + wgmma_row(group), last = a.rows - 1;
    const float4 mine = linear_f16_wgmma_fetch(bias, a.has_bias, tile.n, a.outputs);
    linear_f16_wgmma_sums(sums, &ring, shape, group, steps);
    wgmma_share_pairs(pairs, mine, shape);
    const int2 upper = linear_f16_n16f25_store_qkv_f16_wgmma_place(min(m, last), sequences,
                                                                   block_table, row_sequence);
    const int2 lower = linear_f16_n16f25_store_qkv_f16_wgmma_place(min(m + 8, last), sequences,
                                                                   block_table, row_sequence);
#pragma unroll
    for (int j = 0; j < shape.outputs / 8; j += 4) {
      const float8 v =
          linear_f16_wgmma_values(sums, j, LINEAR_F16_PLAIN, tile.n, a.outputs, false, pairs);
      const float8 w =
          linear_f16_wgmma_values(sums, j + 2, LINEAR_F16_PLAIN, tile.n, a.outputs, false, pairs);
      const int n = tile.n + 8 * j;
      struct linear_f16_wgmma_pieces pieces;
      linear_f16_wgmma_pack(&pieces, v, w, m + n + linear_f16_wgmma_column());
      linear_f16_n16f25_store_qkv_f16_wgmma_store(pieces.upper, m, n + 8 * q, upper, out, &args);
      linear_f16_n16f25_store_qkv_f16_wgmma_store(pieces.lower, m + 8, n + 8 * q, lower, out,
                                                  &args);
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
  local char data[4 * WGMMA_STAGE(128, 256)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 4];
  local float4 pairs[128 / WGMMA_ROWS * WGMMA_PAIRS(256)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, LINEAR_F16_BAND, (global const char*)x, (global const char*)w,
                  linear_f16_wgmma_bytes(args.linear));
  } else {
    wgmma_many_registers();
    float sums[128];
    const struct linear_f16_n16f25_store_qkv_f16_wgmma_outputs out = {q, keys, values};
    linear_f16_n16f25_store_qkv_f16_wgmma_consume(sums, ring, shape, pairs, bias, sequences,
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
  local char data[6 * WGMMA_STAGE(64, 64)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  local float4 pairs[64 / WGMMA_ROWS * WGMMA_PAIRS(64)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, LINEAR_F16_BAND, (global const char*)x, (global const char*)w,
                  linear_f16_wgmma_bytes(args.linear));
  } else {
    float sums[32];
    const struct linear_f16_n16f25_store_qkv_f16_wgmma_outputs out = {q, keys, values};
    linear_f16_n16f25_store_qkv_f16_wgmma_consume(sums, ring, shape, pairs, bias, sequences,
                                                  block_table, row_sequence, out, args);
  }
}
