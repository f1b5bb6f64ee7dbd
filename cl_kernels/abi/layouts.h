// How activations in codes lie in memory. Bits are defined on logical tensors (NUMERICS.md); a layout
// belongs to the kernel variant that reads it, and the producer writes it.
#pragma once

#include "abi/types.h"

// Layout of a matrix of codes [M, K]: rows of `codes_stride(K)` elements, the padding holds code 0.
#define CODES_I8 0   // int8: portable GPU shape
#define CODES_I16 1  // int16: portable CPU shape (vpmaddwd wants 16-bit factors, 20 % faster than widening)
#define CODES_U8 2   // uint8 = code + 128: VNNI multiplies unsigned by signed bytes
// int8 in tiles of 128 rows by 128 inputs, 16 KiB each, row-major tile after tile: what one bulk copy
// brings into the local memory of an NVIDIA tensor-core product. In a tile the 16-byte pieces of a
// row stand in the order (piece xor row mod 8), the 128-byte swizzle that wgmma reads without bank
// conflicts. Rows past the last, up to a whole tile, exist in memory and hold anything.
#define CODES_TILES 3

#define CODES_ROW_ALIGN 64  // elements; one cache line of bytes

// Elements between rows of a code matrix with K inputs.
#define CODES_STRIDE(k) (((k) + CODES_ROW_ALIGN - 1) / CODES_ROW_ALIGN * CODES_ROW_ALIGN)

// CODES_TILES: rows and inputs of a tile; a matrix's rows and inputs rounded up to whole tiles.
#define CODES_TILE 128
#define CODES_TILES_STRIDE(k) (((k) + CODES_TILE - 1) / CODES_TILE * CODES_TILE)

// Where element (m, k) lies, in elements; `stride` of CODES_TILES is CODES_TILES_STRIDE(K).
#define CODES_TILES_INDEX(m, k, stride)                                                        \
  (((size_t)(m) / CODES_TILE * ((size_t)(stride) / CODES_TILE) + (size_t)(k) / CODES_TILE) *   \
       ((size_t)CODES_TILE * CODES_TILE) +                                                     \
   (size_t)(m) % CODES_TILE * CODES_TILE + (((size_t)(k) / 16 % 8) ^ ((size_t)(m) % 8)) * 16 + \
   (size_t)(k) % 16)
#define CODES_INDEX(layout, m, k, stride)                           \
  ((layout) == CODES_TILES ? CODES_TILES_INDEX((m), (k), (stride)) \
                           : (size_t)(m) * (size_t)(stride) + (size_t)(k))

// Weights for tensor cores (family "tiles" of linear_w8a8): CODES_TILES with outputs in place of
// rows, those of each 16 in another order. Of 16 columns tensor cores give an item 2 q, 2 q + 1 and
// 8 + 2 q, 8 + 2 q + 1, where q is its number mod 4; so they become outputs 4 q .. 4 q + 3, which
// lie together wherever they go.
#define WEIGHT_TILES_ROW(n) ((n) / 16 * 16 + (n) / 2 % 2 * 8 + (n) / 4 % 4 * 2 + (n) % 2)
#define WEIGHT_TILES_INDEX(n, k, stride) CODES_TILES_INDEX(WEIGHT_TILES_ROW(n), k, stride)
