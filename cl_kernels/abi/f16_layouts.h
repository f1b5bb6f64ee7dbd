// How matrices of f16 activations [M, K] lie in memory. Bits are defined on logical tensors
// (NUMERICS.md); a layout belongs to the kernel variant that reads it, and the producer writes it.
#pragma once

#include "abi/layouts.h"

#define F16_ROWS 0  // row-major, K halves a row
// Tiles of 128 rows by 64 halves, which are CODES_TILES of the same bytes: what one bulk copy
// brings to an NVIDIA tensor-core product. Columns up to a whole tile hold +0; rows past the last,
// up to a whole tile, exist in memory and hold anything.
#define F16_TILES 1

#define F16_TILE_ROWS CODES_TILE
#define F16_TILE_COLUMNS (CODES_TILE / 2)
// Halves of a row, padding included.
#define F16_TILES_STRIDE(k) (((k) + F16_TILE_COLUMNS - 1) / F16_TILE_COLUMNS * F16_TILE_COLUMNS)
#define F16_STRIDE(layout, k) ((layout) == F16_TILES ? F16_TILES_STRIDE(k) : (k))

// Where element (m, k) lies, in halves. Eight of them from a multiple of 8 on lie together.
#define F16_INDEX(layout, m, k, stride)                                                      \
  ((layout) == F16_TILES ? CODES_TILES_INDEX((m), 2 * (size_t)(k), 2 * (size_t)(stride)) / 2 \
                         : (size_t)(m) * (size_t)(stride) + (size_t)(k))

// A matrix as kernels are told of it.
struct f16_matrix {
  abi_int layout;  // F16_ROWS or F16_TILES
  abi_int stride;  // halves of a row, padding included
};
ABI_ASSERT_SIZE(f16_matrix, 8);
