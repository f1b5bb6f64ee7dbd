// How one layer's key/value cache lies in memory, and how a batch is cut into tiles of query rows.
// Bits are defined on logical keys and values (NUMERICS.md 3.10 to 3.13); the layout belongs to the
// variants of attention that read it.
#pragma once

#include "abi/numerics.h"
#include "abi/types.h"

// A cache is `blocks` blocks of KEY_BLOCK slots; the key at absolute position p of a sequence lies
// in slot p % KEY_BLOCK of a block. A block holds the parts of its heads one after another. Scales
// (INT8 alone) are f32 [blocks, H, KEY_BLOCK], for keys and for values, in both layouts.
#define KV_CPU 0  // lanes are keys or d, and pairs of codes feed vpmaddwd
#define KV_GPU 1  // 16 codes (or four floats) that one work-item reads lie together

// D is padded to this where 16 lanes or 16 bytes along d are read at once.
#define KV_HEAD_ALIGN 16
#define KV_PADDED(size) (((size) + KV_HEAD_ALIGN - 1) / KV_HEAD_ALIGN * KV_HEAD_ALIGN)

// Elements of one head's part of a block, by the head size.
#define KV_CPU_I8_KEYS(size) (((size) + 1) / 2 * 2 * KEY_BLOCK)
#define KV_CPU_F32_KEYS(size) ((size)*KEY_BLOCK)
#define KV_PADDED_PART(size) (KV_PADDED(size) * KEY_BLOCK)  // all others

// Index of (slot, d) in one head's part. KV_CPU, INT8: keys [D/2][slot][2], values [slot/2][D][2];
// f32: keys [D][slot], values [slot][D].
#define KV_CPU_I8_KEY(slot, d) (((d) / 2 * KEY_BLOCK + (slot)) * 2 + (d) % 2)
#define KV_CPU_I8_VALUE(slot, d, size) (((slot) / 2 * KV_PADDED(size) + (d)) * 2 + (slot) % 2)
#define KV_CPU_F32_KEY(slot, d) ((d)*KEY_BLOCK + (slot))
// KV_GPU, INT8: keys [D/16][slot][16]; values [slot % 8 / 2][D][slot / 8][slot % 2], so that the 16
// codes that lie together belong to the keys whose weights one thread of a tensor-core product
// holds: slots 2q, 2q + 1, 2q + 8, ... for q = 0 .. 3. f32: keys [D/4][slot][4].
#define KV_GPU_I8_KEY(slot, d) (((d) / 16 * KEY_BLOCK + (slot)) * 16 + (d) % 16)
#define KV_GPU_I8_VALUE(slot, d, size) \
  (((slot) % 8 / 2 * KV_PADDED(size) + (d)) * 16 + KV_GPU_I8_PLACE(slot) % 16)
// Place of a slot among the 64 codes of a column, and the slot at a place.
#define KV_GPU_I8_PLACE(slot) ((slot) % 8 / 2 * 16 + (slot) / 8 * 2 + (slot) % 2)
#define KV_GPU_I8_SLOT(place) ((place) % 16 / 2 * 8 + (place) / 16 * 2 + (place) % 2)
#define KV_GPU_F32_KEY(slot, d) (((d) / 4 * KEY_BLOCK + (slot)) * 4 + (d) % 4)
// f16: KV_CPU as f32, KV_GPU as INT8, in halves.
// f32 values [slot][D] in both layouts.
#define KV_F32_VALUE(slot, d, size) ((slot)*KV_PADDED(size) + (d))

// Attention's unit of work: query rows of one sequence whose absolute positions share
// position / rows, so that the causal rows of a tile end in the same block of keys.
#define ATTENTION_ROWS_CPU 8   // a work-item
#define ATTENTION_ROWS_GPU 16  // a work-group, or a warp
#define ATTENTION_MMA_ROWS 64  // a work-group of attention_i8_mma
struct sequence_tile {
  abi_int sequence;  // index in the sequence table
  abi_int row;       // first row, counted from the sequence's first row of this call
};
ABI_ASSERT_SIZE(sequence_tile, 8);
