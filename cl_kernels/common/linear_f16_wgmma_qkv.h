// Where the outputs of a tile of queries, keys and values go in f16
// (linear_f16_n16f25_store_qkv_f16.wgmma.cl). They gather in local memory, 64 columns of a consumer
// group's 64 rows at a time, and go on 16 bytes at a time in whole lines: straight from the
// registers values would go two bytes at a time, since a column's neighbours belong to four warps.
#pragma once

#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "common/linear_f16_wgmma.h"
#include "common/linear_qkv_rows.h"

struct linear_f16_wgmma_qkv_outputs {
  global ushort* q;
  global ushort* keys;
  global ushort* values;
};

// --- places -------------------------------------------------------------------------------------
// A row's place in the cache: block * KEY_BLOCK + slot, found by three loads, each of which is
// asked for long before it is needed. An item looks up the row (item mod 64) of its group.
struct linear_f16_wgmma_lookup {
  int row, sequence, block;
  uint position;
};
static inline __attribute__((always_inline)) struct linear_f16_wgmma_lookup
linear_f16_wgmma_look_up(const struct wgmma_tile tile, const int group, const int rows,
                         global const int* row_sequence) {
  struct linear_f16_wgmma_lookup out;
  out.row = min(tile.m + group * WGMMA_ROWS + (int)get_local_id(0) % WGMMA_ROWS, rows - 1);
  out.sequence = nvidia_load_early(row_sequence + out.row);
  return out;
}
static inline __attribute__((always_inline)) void linear_f16_wgmma_look_up_entry(
    private struct linear_f16_wgmma_lookup* lookup, global const struct sequence_entry* sequences) {
  const struct sequence_entry entry = wgmma_qkv_sequence(sequences, lookup->sequence);
  lookup->position = entry.position + (lookup->row - entry.row);
  lookup->block = entry.blocks + (int)(lookup->position / KEY_BLOCK);
}
static inline __attribute__((always_inline)) void linear_f16_wgmma_look_up_block(
    private struct linear_f16_wgmma_lookup* lookup, global const int* block_table) {
  lookup->block = nvidia_load_early(block_table + lookup->block);
}
static inline uint linear_f16_wgmma_place(const struct linear_f16_wgmma_lookup lookup) {
  return (uint)lookup.block * KEY_BLOCK + lookup.position % KEY_BLOCK;
}

// As linear_f16_wgmma_share.
static inline void linear_f16_wgmma_share_places(local float2* biases, const float2 mine,
                                                 local uint* places, const uint place,
                                                 const struct wgmma_shape shape) {
  const int item = get_local_id(0) % WGMMA_ITEMS;
  wgmma_group_sync();
  if (item < shape.outputs / 2) biases[item] = mine;
  if (item < WGMMA_ROWS) places[item] = place;
  wgmma_group_sync();
}

// --- stores -------------------------------------------------------------------------------------
// A consumer group's rows of a tile.
struct linear_f16_wgmma_qkv_rows {
  local char* staging;
  local const uint* places;
  int first, count;  // of the batch; rows that exist
  int heads, size;
};

// Halves between a block and the next.
static inline size_t linear_f16_wgmma_qkv_block(const struct linear_f16_wgmma_qkv_rows rows) {
  return (size_t)rows.heads * KV_PADDED_PART(rows.size);
}

// As linear_f16_wgmma_lane and _warp; nothing that follows from them takes registers during
// products.
static inline int linear_f16_wgmma_lane_here() {
  return (int)((uint)wgmma_here(get_local_id(0)) % NVIDIA_WARP);
}
static inline int linear_f16_wgmma_warp_here() {
  return (int)((uint)wgmma_here(get_local_id(0)) % WGMMA_ITEMS / NVIDIA_WARP);
}

// Neighbouring lanes have a row's 128 bytes.
static inline void linear_f16_wgmma_send_queries(const struct linear_f16_wgmma_qkv_rows rows,
                                                 const int n, global ushort* q) {
  const int width = rows.heads * rows.size, first = 16 * linear_f16_wgmma_warp_here();
  uint4 pieces[LINEAR_F16_PIECES];
  linear_f16_wgmma_pieces(rows.staging, pieces);
#pragma unroll
  for (int i = 0; i < LINEAR_F16_PIECES; ++i) {
    const int row = first + linear_f16_wgmma_piece_row(i);
    if (row < rows.count)
      *(global uint4*)(q + (size_t)(rows.first + row) * width + n +
                       linear_f16_wgmma_piece_column(i)) = pieces[i];
  }
}

// Neighbouring lanes have the slots of 16 columns, 32 bytes each. Of eight lanes together no two
// read the same bank of local memory.
static inline void linear_f16_wgmma_send_keys(const struct linear_f16_wgmma_qkv_rows rows,
                                              const int n, global ushort* keys) {
  const int lane = linear_f16_wgmma_lane_here(), half_of_row = lane % 2;
  const int in_warp = lane / 2 % 4 * 2 + lane / 8 % 2 + lane / 16 * 8;
  const int row = 16 * linear_f16_wgmma_warp_here() + in_warp, column = n - rows.heads * rows.size;
  local const char* const from = rows.staging + row * 128;
  const uint place = rows.places[row];
  // Of 16 columns that lie together the head's part and their place in it are one product.
  global ushort* const to = keys + place / KEY_BLOCK * linear_f16_wgmma_qkv_block(rows) +
                            (size_t)column * KEY_BLOCK + place % KEY_BLOCK * 16 + 8 * half_of_row;
  if (row >= rows.count) return;
  uint4 pieces[LINEAR_F16_PIECES];
#pragma unroll
  for (int i = 0; i < LINEAR_F16_PIECES; ++i)
    pieces[i] = *(local const uint4*)(from + ((2 * i + half_of_row) ^ (row % 8)) * 16);
#pragma unroll
  for (int i = 0; i < LINEAR_F16_PIECES; ++i) *(global uint4*)(to + 16 * i * KEY_BLOCK) = pieces[i];
}

// Values gather by columns: of each 8 x 16 bytes, eight rows together in the order (eight xor
// column mod 8).
static inline __attribute__((always_inline)) void linear_f16_wgmma_gather_columns(
    local char* staging, const struct linear_f16_wgmma_words near,
    const struct linear_f16_wgmma_words far) {
  const uint lane = linear_f16_wgmma_lane_here(), column = lane % 8,
             eight = 2 * linear_f16_wgmma_warp_here();
  const uint to = nvidia_local_address(staging) + lane * 128;
  const uint upper = to + (eight ^ column) * 16, lower = to + ((eight + 1) ^ column) * 16;
  wgmma_group_sync();  // all have read what stands there
  nvidia_store_columns(upper, near.upper);
  nvidia_store_columns(lower, near.lower);
  nvidia_store_columns(upper + 32 * 128, far.upper);
  nvidia_store_columns(lower + 32 * 128, far.lower);
  wgmma_group_sync();
}
// Rows 2 i and 2 i + 1 (of eight) of a column.
static inline uint linear_f16_wgmma_two_rows(local const char* staging, const int column,
                                             const int eight, const int i) {
  return *(local const uint*)(staging + column * 128 + ((eight ^ column) % 8) * 16 + 4 * i);
}
// Where slot 0 of 16 columns from n on, all of one head, lies in a block.
static inline size_t linear_f16_wgmma_value(const struct linear_f16_wgmma_qkv_rows rows,
                                            const int n) {
  const uint column = n - 2 * rows.heads * rows.size, size = rows.size;
  return (size_t)(column / size) * KV_PADDED_PART(size) + KV_GPU_I8_VALUE(0, column % size, size);
}

// A whole block: a lane has half of the 16 slots of a column that lie together, four lanes of every
// eight a line.
static inline void linear_f16_wgmma_send_block(const struct linear_f16_wgmma_qkv_rows rows,
                                               const int n, global ushort* values) {
  const int lane = linear_f16_wgmma_lane_here(), first = 16 * linear_f16_wgmma_warp_here();
  const int far = lane % 2, column = lane / 2 % 4, pair = lane / 8;
  global ushort* const to = values + rows.places[0] / KEY_BLOCK * linear_f16_wgmma_qkv_block(rows) +
                            linear_f16_wgmma_value(rows, n + first) +
                            KV_GPU_I8_VALUE(2 * pair, column, rows.size) + 8 * far;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    uint words[4];
#pragma unroll
    for (int k = 0; k < 4; ++k)
      words[k] = linear_f16_wgmma_two_rows(rows.staging, first + 4 * i + column, 4 * far + k, pair);
    *(global uint4*)(to + 4 * 16 * i) = (uint4)(words[0], words[1], words[2], words[3]);
  }
}

// Rows that are not a whole block: a lane has two of them, side by side in memory if their slots
// are 2 i and 2 i + 1.
static inline void linear_f16_wgmma_send_values(const struct linear_f16_wgmma_qkv_rows rows,
                                                const int n, global ushort* values) {
  const int lane = linear_f16_wgmma_lane_here(), first = 16 * linear_f16_wgmma_warp_here();
  const int eight = lane % 8, pair = lane / 8, row = 8 * eight + 2 * pair;
  if (row >= rows.count) return;
  const bool both = row + 1 < rows.count;
  const uint place = rows.places[row], second = rows.places[row + 1];
  const bool together = both && place % 2 == 0 && second == place + 1;
  const size_t block = linear_f16_wgmma_qkv_block(rows);
  global ushort* const head = values + linear_f16_wgmma_value(rows, n + first);
  global ushort* const to =
      head + place / KEY_BLOCK * block + KV_GPU_I8_VALUE(place % KEY_BLOCK, 0, rows.size);
  global ushort* const to_second =
      head + second / KEY_BLOCK * block + KV_GPU_I8_VALUE(second % KEY_BLOCK, 0, rows.size);
#pragma unroll 4
  for (int i = 0; i < 16; ++i) {
    const uint word = linear_f16_wgmma_two_rows(rows.staging, first + i, eight, pair);
    if (together) {
      *(global uint*)(to + 16 * i) = word;
    } else {
      to[16 * i] = (ushort)word;
      if (both) to_second[16 * i] = (ushort)(word >> 16);
    }
  }
}

// Columns that belong to more than one of queries, keys and values, or in part to nothing.
static inline void linear_f16_wgmma_send_mixed(const struct linear_f16_wgmma_qkv_rows rows,
                                               const int n,
                                               const struct linear_f16_wgmma_qkv_outputs out) {
  const int width = rows.heads * rows.size, warp = 16 * linear_f16_wgmma_warp_here();
  const size_t block = linear_f16_wgmma_qkv_block(rows);
  for (int i = 0; i < LINEAR_F16_PIECES; ++i) {
    const int row = warp + linear_f16_wgmma_piece_row(i);
    const int at = n + linear_f16_wgmma_piece_column(i), part = wgmma_qkv_part(at, width);
    if (row >= rows.count || part > 2) continue;
    const uint4 piece =
        *(local const uint4*)(linear_f16_wgmma_part(rows.staging) +
                              (i * NVIDIA_WARP + linear_f16_wgmma_lane_here()) * 16);
    const uint place = rows.places[row], slot = place % KEY_BLOCK;
    const int column = at - part * width, d = column % rows.size;
    const size_t head =
        place / KEY_BLOCK * block + (size_t)(column / rows.size) * KV_PADDED_PART(rows.size);
    if (part == 0) *(global uint4*)(out.q + (size_t)(rows.first + row) * width + column) = piece;
    if (part == 1) *(global uint4*)(out.keys + head + KV_GPU_I8_KEY(slot, d)) = piece;
    if (part < 2) continue;
    global ushort* const to = out.values + head + KV_GPU_I8_VALUE(slot, d, rows.size);
    const uint words[4] = {piece.x, piece.y, piece.z, piece.w};
#pragma unroll
    for (int k = 0; k < 8; ++k) to[16 * k] = (ushort)(words[k / 2] >> (k % 2 * 16));
  }
}

// The 64 columns from n on of a group's rows: `near` and `far` are an item's share of the first and
// the last 32.
static inline __attribute__((always_inline)) void linear_f16_wgmma_qkv_leave(
    const struct linear_f16_wgmma_words near, const struct linear_f16_wgmma_words far,
    const struct linear_f16_wgmma_qkv_rows rows, const int n,
    const struct linear_f16_wgmma_qkv_outputs out) {
  const int width = rows.heads * rows.size;
  const int first = wgmma_qkv_part(n, width);
  const int last = wgmma_qkv_part(n + LINEAR_F16_CHUNK - 1, width);
  if (first == 2 && last == 2) {
    linear_f16_wgmma_gather_columns(rows.staging, near, far);
    // A sequence's rows stand in order: with the block's first and last slot all others are here.
    if (rows.count == WGMMA_ROWS && rows.places[0] % KEY_BLOCK == 0 &&
        rows.places[WGMMA_ROWS - 1] == rows.places[0] + (KEY_BLOCK - 1))
      linear_f16_wgmma_send_block(rows, n, out.values);
    else
      linear_f16_wgmma_send_values(rows, n, out.values);
    return;
  }
  if (first > 2) return;
  if (first == 2) wgmma_group_sync();  // other warps may still read columns of values there
  linear_f16_wgmma_gather(rows.staging, near, far);
  if (last == 0)
    linear_f16_wgmma_send_queries(rows, n, out.q);
  else if (first == 1 && last == 1)
    linear_f16_wgmma_send_keys(rows, n, out.keys);
  else
    linear_f16_wgmma_send_mixed(rows, n, out);
}
