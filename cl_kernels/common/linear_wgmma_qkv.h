// Where the codes of a tile of queries, keys and values go (linear_w8a8_quantize_qkv.wgmma.cl). A
// consumer group collects those of its 64 rows in local memory, in rows of 128 whose 16-byte pieces
// stand in the order (piece xor row mod 8), and sends them on 16 bytes at a time: straight from the
// registers they would go two by two, values one by one.
#pragma once

#include "abi/quantize_qkv.h"
#include "common/elementary.h"
#include "common/linear_wgmma.h"

#define WGMMA_QKV_OUTPUTS 128  // of a tile
// Local memory of a consumer group: codes, then the place of each row (uint). With the ring and the
// 1,024 bytes that the device keeps for itself it is all that a unit has but 912 bytes.
#define WGMMA_QKV_STAGING (WGMMA_ROWS * (WGMMA_QKV_OUTPUTS + 4))

struct wgmma_qkv_outputs {
  global char* q;
  global float* q_scales;
  global char* keys;
  global float* key_scales;
  global char* values;
  global float* value_scales;
};

// A consumer group's part of a tile, and where it goes.
struct wgmma_qkv_tile {
  local char* codes;
  local uint* places;  // of each row: cache block * KEY_BLOCK + slot in it
  int m, n, rows;      // first row and output; rows that exist
  int heads, size, q_stride;
  int item;  // of the group
};

// What output n belongs to: 0 queries, 1 keys, 2 values; 3: nothing.
static inline int wgmma_qkv_part(const int n, const int width) {
  return (n >= width) + (n >= 2 * width) + (n >= 3 * width);
}

// Cache block, slot in it.
static inline int2 wgmma_qkv_place(const struct wgmma_qkv_tile tile, const int row) {
  return (int2)(tile.places[row] / KEY_BLOCK, tile.places[row] % KEY_BLOCK);
}

static inline local char* wgmma_qkv_piece(local char* codes, const int row, const int piece) {
  return codes + row * WGMMA_QKV_OUTPUTS + (piece ^ (row % 8)) * 16;
}

static inline void wgmma_qkv_scale(const float scale, const int row, const int part, const int head,
                                   const int2 place, const struct wgmma_qkv_outputs out,
                                   const int heads) {
  const size_t slot = ((size_t)place.x * heads + head) * KEY_BLOCK + place.y;
  if (part == 0) out.q_scales[(size_t)row * heads + head] = scale;
  if (part == 1) out.key_scales[slot] = scale;
  if (part == 2) out.value_scales[slot] = scale;
}

// Where a row's key and value go, from the batch's tables: the cache block, and the slot in it.
static inline int2 wgmma_qkv_find_place(const int row, const int sequence_of_row,
                                        global const struct sequence_entry* sequences,
                                        global const int* block_table) {
  const struct sequence_entry sequence = sequences[sequence_of_row];
  const int position = sequence.position + (row - sequence.row);
  return (int2)(block_table[sequence.blocks + position / KEY_BLOCK], position % KEY_BLOCK);
}

// One row's D elements of one head, held by four items: scale and codes. `values` are floats as
// bits, those of a row 4 apart for each 8 columns.
static inline __attribute__((always_inline)) void wgmma_qkv_store_head(
    const int* values, const uint largest, const int size, const int row, const int part,
    const int head, const int2 place, const struct wgmma_qkv_outputs out,
    const struct quantize_qkv_args* a) {
  float r, scale;
  zcl_quant_scale(largest, &r, &scale);
  const size_t block = (size_t)place.x * a->heads + head;
  const int slot = place.y;
  if (get_local_id(0) % 4 == 0) wgmma_qkv_scale(scale, row, part, head, place, out, a->heads);
  // Where column d of the row lies: q d, keys d / 16 * 16 slots + d % 16, values d * 16 bytes on.
  global char* const codes =
      part == 0 ? out.q + (size_t)row * a->q_stride + head * size + wgmma_column()
      : part == 1
          ? out.keys + block * KV_PADDED_PART(size) + KV_GPU_I8_KEY(slot, wgmma_column())
          : out.values + block * KV_PADDED_PART(size) + KV_GPU_I8_VALUE(slot, wgmma_column(), size);
  const int value_step = KV_GPU_I8_VALUE(0, 1, size) - KV_GPU_I8_VALUE(0, 0, size);
  const int pair_step = part == 2 ? 8 * value_step : 8;
  const int next_sixteen = part == 1 ? KV_GPU_I8_KEY(0, 16) - 16 : 0;
#pragma unroll
  for (int j = 0; j < size / 8; ++j) {
    int low = zcl_quant_code(as_float(values[4 * j]), r);
    const int high = zcl_quant_code(as_float(values[4 * j + 1]), r);
    global char* const to = codes + j * pair_step + j / 2 * next_sixteen;
    if (part == 2) {
      to[0] = (char)low;
      to[value_step] = (char)high;
      continue;
    }
    if (part == 0)
      low =
          ZCL_ELEMENT_I(low, (size_t)row * a->heads * size + head * size + 8 * j + wgmma_column());
    *(global ushort*)to = (ushort)((low & 0xff) | (high << 8));
  }
}

// Scale and codes, these to local memory, of one row of the heads of a tile. `row`: in the group.
static inline __attribute__((always_inline)) void wgmma_qkv_stage_row(
    const int* values, const uint largest, const int h, const int row,
    const struct wgmma_qkv_tile tile, const struct wgmma_qkv_outputs out) {
  const int n0 = tile.n + h * tile.size, width = tile.heads * tile.size;
  const int part = wgmma_qkv_part(n0, width), m = tile.m + row;
  float r, scale;
  zcl_quant_scale(largest, &r, &scale);
  if (tile.item % 4 == 0 && row < tile.rows)
    wgmma_qkv_scale(scale, m, part, (n0 - part * width) / tile.size, wgmma_qkv_place(tile, row),
                    out, tile.heads);
  const ushort kept = r == 0.0f ? 0 : 0xffff;  // else codes of NaN and infinity are 0, too
#pragma unroll
  for (int j = 0; j < tile.size / 8; ++j) {
    const int column = h * tile.size + 8 * j;
    uint low = ZCL_RINT_BITS(as_float(values[4 * j]) * r);
    if (part == 0) low = ZCL_ELEMENT_I(low, (size_t)m * width + n0 + 8 * j + wgmma_column());
    const uint high = ZCL_RINT_BITS(as_float(values[4 * j + 1]) * r);
    *(local ushort*)(wgmma_qkv_piece(tile.codes, row, column / 16) + column % 16 + wgmma_column()) =
        wgmma_two_bytes(low, high) & kept;
  }
}

// Neighbouring items take neighbouring pieces of a row.
static inline void wgmma_qkv_send_queries(const struct wgmma_qkv_tile tile, global char* q) {
  const int width = tile.heads * tile.size, pieces = WGMMA_QKV_OUTPUTS / 16;
  for (int i = tile.item; i < tile.rows * pieces; i += WGMMA_ITEMS) {
    const int row = i / pieces, piece = i % pieces, n = tile.n + 16 * piece;
    if (wgmma_qkv_part(n, width) == 0)
      *(global uint4*)(q + (size_t)(tile.m + row) * tile.q_stride + n) =
          *(local const uint4*)wgmma_qkv_piece(tile.codes, row, piece);
  }
}

// Neighbouring items take neighbouring rows, whose slots are neighbours.
static inline void wgmma_qkv_send_keys(const struct wgmma_qkv_tile tile, global char* keys) {
  const int width = tile.heads * tile.size, row = tile.item % WGMMA_ROWS;
  if (row >= tile.rows) return;
  const int2 place = wgmma_qkv_place(tile, row);
  for (int piece = tile.item / WGMMA_ROWS; piece < WGMMA_QKV_OUTPUTS / 16;
       piece += WGMMA_ITEMS / WGMMA_ROWS) {
    const int n = tile.n + 16 * piece, d = n - width;
    if (wgmma_qkv_part(n, width) != 1) continue;
    global char* const to =
        keys + ((size_t)place.x * tile.heads + d / tile.size) * KV_PADDED_PART(tile.size) +
        KV_GPU_I8_KEY(place.y, d % tile.size);
    *(global uint4*)to = *(local const uint4*)wgmma_qkv_piece(tile.codes, row, piece);
  }
}

// Of a whole block an item has four columns of the 16 slots that lie together (KV_GPU_I8_VALUE).
static inline void wgmma_qkv_send_block(const struct wgmma_qkv_tile tile, global char* values) {
  const int width = tile.heads * tile.size, column = tile.item % 32 * 4;
  const int n = tile.n + column, d = n - 2 * width;
  const int pair = tile.item / 32 * 2;  // slots of a place: pair, pair + 1
  if (wgmma_qkv_part(n, width) != 2) return;
  uint codes[4][4];  // [column][four slots]
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    uint row[4];  // four columns of a slot
#pragma unroll
    for (int j = 0; j < 4; ++j)
      row[j] = *(local const uint*)(wgmma_qkv_piece(tile.codes, 16 * i + j / 2 * 8 + pair + j % 2,
                                                    column / 16) +
                                    column % 16);
    wgmma_transpose_bytes(row[0], row[1], row[2], row[3], &codes[0][i], &codes[1][i], &codes[2][i],
                          &codes[3][i]);
  }
  global char* const to = values +
                          ((size_t)wgmma_qkv_place(tile, 0).x * tile.heads + d / tile.size) *
                              KV_PADDED_PART(tile.size) +
                          KV_GPU_I8_VALUE(pair, d % tile.size, tile.size);
#pragma unroll
  for (int c = 0; c < 4; ++c)
    *(global uint4*)(to + 16 * c) = (uint4)(codes[c][0], codes[c][1], codes[c][2], codes[c][3]);
}

// Rows that are not a whole block: an item has one column.
static inline void wgmma_qkv_send_values(const struct wgmma_qkv_tile tile, global char* values) {
  const int width = tile.heads * tile.size, column = tile.item;
  const int n = tile.n + column, d = n - 2 * width;
  if (wgmma_qkv_part(n, width) != 2) return;
  const int head = d / tile.size, in_head = d % tile.size;
  for (int row = 0; row < tile.rows; ++row) {
    const int2 place = wgmma_qkv_place(tile, row);
    values[((size_t)place.x * tile.heads + head) * KV_PADDED_PART(tile.size) +
           KV_GPU_I8_VALUE(place.y, in_head, tile.size)] =
        wgmma_qkv_piece(tile.codes, row, column / 16)[column % 16];
  }
}

// Every item of the consumer group calls it, when codes and places are written.
static inline void wgmma_qkv_send(const struct wgmma_qkv_tile tile,
                                  const struct wgmma_qkv_outputs out) {
  const int width = tile.heads * tile.size;
  const int first = wgmma_qkv_part(tile.n, width);
  const int last = wgmma_qkv_part(tile.n + WGMMA_QKV_OUTPUTS - 1, width);
  if (tile.rows <= 0) return;
  if (first == 0) wgmma_qkv_send_queries(tile, out.q);
  if (first <= 1 && last >= 1) wgmma_qkv_send_keys(tile, out.keys);
  if (last < 2) return;
  // A sequence's rows stand in order: with the block's first and last slot all others are here.
  const int2 begin = wgmma_qkv_place(tile, 0), end = wgmma_qkv_place(tile, WGMMA_ROWS - 1);
  if (tile.rows == WGMMA_ROWS && begin.x == end.x && begin.y == 0 && end.y == KEY_BLOCK - 1)
    wgmma_qkv_send_block(tile, out.values);
  else
    wgmma_qkv_send_values(tile, out.values);
}
