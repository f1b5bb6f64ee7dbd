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
