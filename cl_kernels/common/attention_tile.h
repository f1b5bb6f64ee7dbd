// What the kernels that walk tiles of query rows share (abi/kv_cache.h: sequence_tile).
#pragma once

#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "common/inject.h"

// A tile: `rows` tokens of one sequence, the first at absolute `position` and in packed row `row`.
struct zcl_tile {
  int position;
  int rows;
  int keys;  // of the whole sequence, this call's included
  size_t row;
  global const int* blocks;  // the sequence's cache blocks
};

// `tile_rows`: ATTENTION_ROWS_CPU or _GPU, whichever the table was made for.
static inline struct zcl_tile zcl_tile_of(const struct sequence_tile tile, const int tile_rows,
                                          global const struct sequence_entry* sequences,
                                          global const int* block_table) {
  const struct sequence_entry sequence = sequences[tile.sequence];
  const int position = sequence.position + tile.row;
  const struct zcl_tile out = {
      position,
      min(tile_rows - position % tile_rows, sequence.length - tile.row),
      sequence.position + sequence.length,
      (size_t)(sequence.row + tile.row),
      block_table + sequence.blocks,
  };
  return out;
}

// One layer's INT8 cache in layout KV_GPU, or one head's part of one of its blocks.
struct zcl_i8_cache {
  global const char* keys;
  global const float* key_scales;
  global const char* values;
  global const float* value_scales;
};

// The head's part of the block that holds the key at position `first`.
static inline struct zcl_i8_cache zcl_i8_cache_block(struct zcl_i8_cache cache,
                                                     const struct zcl_tile tile, const int first,
                                                     const int head, const int heads,
                                                     const int size) {
  const size_t part = (size_t)tile.blocks[first / KEY_BLOCK] * heads + head;
  cache.keys += part * KV_PADDED_PART(size);
  cache.key_scales += part * KEY_BLOCK;
  cache.values += part * KV_PADDED_PART(size);
  cache.value_scales += part * KEY_BLOCK;
  return cache;
}

// y[r][d] = o[r][d] * (1 / l[r]) for the rows of a tile; rows of o are KV_PADDED(size) apart. `at`
// is the linear index of y[0][0] in the output, `width` the elements of a row (CPU shape).
static inline void zcl_store_attention(const float* o, const float* l, const int rows,
                                       const int size, const size_t at, const int width,
                                       const int y_stride, global float* y) {
  for (int r = 0; r < rows; ++r) {
    const float inverse = 1.0f / l[r];
    for (int d = 0; d < size; ++d)
      y[(size_t)r * y_stride + d] =
          ZCL_ELEMENT_F(o[r * KV_PADDED(size) + d] * inverse, at + (size_t)r * width + d);
  }
}
