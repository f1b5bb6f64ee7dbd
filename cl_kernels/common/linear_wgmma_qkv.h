// Where the codes of a tile of queries, keys and values go (linear_w8a8_quantize_qkv.wgmma.cl). A
// consumer group collects those of its 64 rows in local memory, in rows of 128 whose 16-byte pieces
// stand in the order (piece xor row mod 8), and sends them on 16 bytes at a time: straight from the
// registers they would go two by two, values one by one.
#pragma once

#include "abi/quantize_qkv.h"
#include "common/elementary.h"
#include "common/linear_qkv_rows.h"
#include "common/linear_wgmma_outputs.h"
#include "common/nvidia_scale.h"

#define WGMMA_QKV_OUTPUTS 128  // of a tile
// Local memory of a consumer group: codes, then the place of each row (uint). With the ring and the
// 1,024 bytes that the device keeps for itself it is all that a unit has but 816 bytes.
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

// Cache block, slot in it.
static inline int2 wgmma_qkv_place(const struct wgmma_qkv_tile tile, const int row) {
  return (int2)(tile.places[row] / KEY_BLOCK, tile.places[row] % KEY_BLOCK);
}

static inline local char* wgmma_qkv_piece(local char* codes, const int row, const int piece) {
  return codes + row * WGMMA_QKV_OUTPUTS + (piece ^ (row % 8)) * 16;
}

// `place`: of the row in the cache.
static inline void wgmma_qkv_scale(const float scale, const int row, const int part, const int head,
                                   const int2 place, const struct wgmma_qkv_outputs out,
                                   const int heads) {
  const size_t slot = ((size_t)place.x * heads + head) * KEY_BLOCK + place.y;
  global float* const to = part == 0   ? out.q_scales + (size_t)row * heads + head
                           : part == 1 ? out.key_scales + slot
                                       : out.value_scales + slot;
  *to = scale;
}

// The float outputs of a head in the item's two rows in place of the sums, and the largest
// magnitude of each that it holds.
static inline __attribute__((always_inline)) void wgmma_qkv_values(int* sums, uint* largest,
                                                                   const int size,
                                                                   const float upper,
                                                                   const float lower,
                                                                   local const float4* pairs) {
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int i = 0; i < size / 16; ++i) {
    const struct wgmma_pair pair = wgmma_shared_pair(pairs, i);
    const float4 y = wgmma_scaled(wgmma_upper(sums + 8 * i), upper, pair);
    const float4 z = wgmma_scaled(wgmma_lower(sums + 8 * i), lower, pair);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, y.x), y.y);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, z.x), z.y);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, y.z), y.w);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, z.z), z.w);
    wgmma_keep(sums + 8 * i, y, z);
  }
  largest[0] = as_uint(top);
  largest[1] = as_uint(bottom);
}

// The reciprocals r of the scales of the item's two rows of `count` / 2 heads (1 or 2),
// [head][row], from the largest magnitudes that it holds; and the scale that it stores, the (q mod
// count)-th: a division takes long, so each item of a quad has one of them.
static inline __attribute__((always_inline)) float wgmma_qkv_scales(const uint* largest,
                                                                    const int count, const int q,
                                                                    float* r) {
  float mine, scale;
  nvidia_quant_scale(wgmma_quad_largest(largest, count, q), &mine, &scale);
  wgmma_quad_share(r, mine, count);
  return scale;
}

// Where a row's key and value go, from the batch's tables: the cache block, and the slot in it.
static inline int2 wgmma_qkv_find_place(const int row, const struct sequence_entry sequence,
                                        global const int* block_table) {
  const uint position = sequence.position + (row - sequence.row);
  return (int2)(block_table[sequence.blocks + (int)(position / KEY_BLOCK)],
                (int)(position % KEY_BLOCK));
}

// The codes of one row's D elements of one head, held by four items. `values`: the row's.
static inline __attribute__((always_inline)) void wgmma_qkv_store_head(
    const int* values, const float r, const int size, const int row, const int part, const int head,
    const int2 place, const struct wgmma_qkv_outputs out, const struct quantize_qkv_args* a) {
  const size_t block = (size_t)place.x * a->heads + head;
  const int slot = place.y;
  // Where column d of the row lies: q d, keys d / 16 * 16 slots + d % 16, values d * 16 bytes on.
  global char* const codes =
      part == 0 ? out.q + (size_t)row * a->q_stride + head * size + wgmma_column()
      : part == 1
          ? out.keys + block * KV_PADDED_PART(size) + KV_GPU_I8_KEY(slot, wgmma_column())
          : out.values + block * KV_PADDED_PART(size) + KV_GPU_I8_VALUE(slot, wgmma_column(), size);
  const int value_step = KV_GPU_I8_VALUE(0, 1, size) - KV_GPU_I8_VALUE(0, 0, size);
  const int step = part == 0 ? 16 : part == 1 ? KV_GPU_I8_KEY(0, 16) : 16 * value_step;
#pragma unroll
  for (int i = 0; i < size / 16; ++i) {
    global char* const to = codes + i * step;
    uint four = wgmma_codes(values + 8 * i, r);
    if (part == 2) {
#pragma unroll
      for (int c = 0; c < 4; ++c) to[c * value_step] = (char)(four >> 8 * c);
      continue;
    }
    if (part == 0)
      four = ZCL_ELEMENT_I(four,
                           (size_t)row * a->heads * size + head * size + 16 * i + wgmma_column());
    *(global uint*)to = four;
  }
}

// The item's two rows of `count` / 2 heads of a tile from n0 on: codes and scales, to where its
// places say. `values`, `largest`: of these heads; m: the upper row.
static inline __attribute__((always_inline)) void wgmma_qkv_store(
    const int* values, const uint* largest, const int count, const int size, const int m,
    const int n0, const int2 upper, const int2 lower, const struct wgmma_qkv_outputs out,
    const struct quantize_qkv_args* a) {
  const int q = (int)get_local_id(0) % 4, width = a->heads * size;
  float r[4];
  const float scale = wgmma_qkv_scales(largest, count, q, r);
#pragma unroll
  for (int i = 0; i < count; ++i) {
    const int n = n0 + i / 2 * size, row = m + i % 2 * 8, part = wgmma_qkv_part(n, width);
    if (part > 2 || row >= a->rows) continue;
    const int head = (n - part * width) / size;
    const int2 place = i % 2 == 0 ? upper : lower;
    wgmma_qkv_store_head(values + i / 2 * (size / 2) + i % 2 * 2, r[i], size, row, part, head,
                         place, out, a);
    if (q == i) wgmma_qkv_scale(scale, row, part, head, place, out, a->heads);
  }
}

// The item's two rows of `count` / 2 heads of a tile from the h-th on: codes to local memory.
// `row`: the upper one, in the group. The scale that the item has to store.
static inline __attribute__((always_inline)) float wgmma_qkv_stage(
    const int* values, const uint* largest, const int count, const int h, const int row,
    const struct wgmma_qkv_tile tile) {
  const int q = tile.item % 4;
  float r[4];
  const float scale = wgmma_qkv_scales(largest, count, q, r);
#pragma unroll
  for (int i = 0; i < count / 2 * tile.size / 16; ++i) {
    const int j = i / (tile.size / 16), n = tile.n + h * tile.size + 16 * i + 4 * q;
    local char* const at = wgmma_qkv_piece(tile.codes, row, h * tile.size / 16 + i) + 4 * q;
    const uint upper = wgmma_codes(values + 8 * i, r[2 * j]);
    *(local uint*)at = ZCL_ELEMENT_I(upper, tile.m + row + n);  // the first of all is a query's
    *(local uint*)(at + 8 * WGMMA_QKV_OUTPUTS) = wgmma_codes(values + 8 * i + 2, r[2 * j + 1]);
  }
  return scale;
}
// Stores it, when the places of the rows are there.
static inline void wgmma_qkv_stage_scale(const float scale, const int count, const int h,
                                         const int row, const struct wgmma_qkv_tile tile,
                                         const struct wgmma_qkv_outputs out) {
  const int q = tile.item % 4, mine = row + q % 2 * 8, width = tile.heads * tile.size;
  const int n = tile.n + (h + q % count / 2) * tile.size, part = wgmma_qkv_part(n, width);
  if (q < count && mine < tile.rows && part <= 2)
    wgmma_qkv_scale(scale, tile.m + mine, part, (n - part * width) / tile.size,
                    wgmma_qkv_place(tile, mine), out, tile.heads);
}

// Neighbouring items take neighbouring pieces of a row.
static inline void wgmma_qkv_send_queries(const struct wgmma_qkv_tile tile, global char* q) {
  const int pieces = WGMMA_QKV_OUTPUTS / 16, down = WGMMA_ITEMS / pieces;  // rows at once
  const int first = tile.item / pieces, piece = tile.item % pieces, n = tile.n + 16 * piece;
  if (wgmma_qkv_part(n, tile.heads * tile.size) != 0) return;
  global char* const to = q + (size_t)(tile.m + first) * tile.q_stride + n;
  uint4 held[WGMMA_ROWS / down];
#pragma unroll
  for (int i = 0; i < WGMMA_ROWS / down; ++i)
    held[i] = *(local const uint4*)wgmma_qkv_piece(tile.codes, first + i * down, piece);
#pragma unroll
  for (int i = 0; i < WGMMA_ROWS / down; ++i)
    if (first + i * down < tile.rows) *(global uint4*)(to + i * down * tile.q_stride) = held[i];
}

// Neighbouring items take neighbouring rows, whose slots are neighbours. `whole`: all of the tile's
// outputs are keys.
static inline __attribute__((always_inline)) void wgmma_qkv_send_keys(
    const struct wgmma_qkv_tile tile, const bool whole, global char* keys) {
  const int width = tile.heads * tile.size, row = tile.item % WGMMA_ROWS;
  const int across = WGMMA_ITEMS / WGMMA_ROWS, first = tile.item / WGMMA_ROWS;  // pieces at once
  if (row >= tile.rows) return;
  const int2 place = wgmma_qkv_place(tile, row);
  const long head = (long)place.x * tile.heads + (tile.n - width) / tile.size;
  global char* const to =
      keys + head * KV_PADDED_PART(tile.size) + KV_GPU_I8_KEY(place.y, 16 * first);
  uint4 held[WGMMA_QKV_OUTPUTS / 16 / across];
#pragma unroll
  for (int i = 0; i < WGMMA_QKV_OUTPUTS / 16 / across; ++i)
    held[i] = *(local const uint4*)wgmma_qkv_piece(tile.codes, row, first + i * across);
#pragma unroll
  for (int i = 0; i < WGMMA_QKV_OUTPUTS / 16 / across; ++i) {
    const int d = 16 * i * across;
    if (whole || wgmma_qkv_part(tile.n + 16 * first + d, width) == 1)
      *(global uint4*)(to + d / tile.size * KV_PADDED_PART(tile.size) +
                       KV_GPU_I8_KEY(0, d % tile.size)) = held[i];
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
  if (first == 1 && last == 1)
    wgmma_qkv_send_keys(tile, true, out.keys);
  else if (first <= 1 && last >= 1)
    wgmma_qkv_send_keys(tile, false, out.keys);
  if (last < 2) return;
  // A sequence's rows stand in order: with the block's first and last slot all others are here.
  const int2 begin = wgmma_qkv_place(tile, 0), end = wgmma_qkv_place(tile, WGMMA_ROWS - 1);
  if (tile.rows == WGMMA_ROWS && begin.x == end.x && begin.y == 0 && end.y == KEY_BLOCK - 1)
    wgmma_qkv_send_block(tile, out.values);
  else
    wgmma_qkv_send_values(tile, out.values);
}

// What a consumer group does with a tile's values: scales, and codes by way of its staging memory,
// where nobody reads anything any more when all have come here. `sequence`: of the row that the
// item looks up; `largest`: [head][row].
static inline __attribute__((always_inline)) void wgmma_qkv_leave(
    const int* values, const uint* largest, const struct wgmma_qkv_tile tile,
    const struct sequence_entry sequence, global const int* block_table,
    const struct wgmma_qkv_outputs out) {
  const int row = tile.item / 32 * 16 + tile.item % 32 / 4;
  const int heads = tile.size == WGMMA_QKV_OUTPUTS ? 1 : 2;  // at once
  const uint position =
      sequence.position + (tile.m + min(tile.item % WGMMA_ROWS, tile.rows - 1) - sequence.row);
  const int block = nvidia_load_early(block_table + sequence.blocks + (int)(position / KEY_BLOCK));
  wgmma_group_sync();
  float scales[WGMMA_QKV_OUTPUTS / 32];
#pragma unroll
  for (int h = 0; h < WGMMA_QKV_OUTPUTS / tile.size; h += heads)
    scales[h] =
        wgmma_qkv_stage(values + h * (tile.size / 2), largest + 2 * h, 2 * heads, h, row, tile);
  if (tile.item < WGMMA_ROWS)
    tile.places[tile.item] = (uint)block * KEY_BLOCK + position % KEY_BLOCK;
  wgmma_group_sync();
#pragma unroll
  for (int h = 0; h < WGMMA_QKV_OUTPUTS / tile.size; h += heads)
    wgmma_qkv_stage_scale(scales[h], 2 * heads, h, row, tile, out);
  wgmma_qkv_send(tile, out);
}
