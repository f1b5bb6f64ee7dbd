// A product's tile for few rows where both groups of a work-group of 256 items multiply and one of
// their items copies: 64 rows by 64 outputs, 32 of each group, and as many inputs as local memory
// holds at once. So no stage is filled twice in a step, weights may come before the rows of x do,
// and nothing is given back: a barrier of the work-group lies between two tiles
// (persistent.wgmma.cl).
#pragma once

#include "abi/persistent.h"
#include "common/linear_wgmma.h"

#define TWIN_ROWS PERSISTENT_TILE
#define TWIN_OUTPUTS PERSISTENT_TILE
#define TWIN_HALF (TWIN_OUTPUTS / 2)  // outputs of a group
#define TWIN_SUMS (TWIN_HALF / 2)     // integers of an item
#define TWIN_STAGE WGMMA_STAGE(TWIN_ROWS, TWIN_OUTPUTS)
#define TWIN_DATA (PERSISTENT_STAGES * TWIN_STAGE)

// Local memory: stages of x rows and then w rows, and a full barrier of each. `parity`: a bit for
// each stage's barrier, of the round that comes next. From step to step it lies in local memory,
// since registers are short: read before a barrier of the work-group, and written after it.
struct twin_ring {
  uint data, full, parity;
};

// A work-group's part of a product: a tile, and which stages of K.
struct twin_part {
  int m, n;  // first row, first output
  int first, steps;
  int split;
};

// Every item calls it.
static inline void twin_ring_init(local ulong* full, local uint* parity) {
  if (get_local_id(0) == 0) {
    for (int i = 0; i < PERSISTENT_STAGES; ++i)
      wgmma_barrier_init(nvidia_local_address(full) + 8 * i, 1);
    wgmma_barriers_ready();
    *parity = 0;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}
struct twin_memory {
  local char* data;  // aligned to 1024 bytes
  local ulong* full;
  local uint* parity;
};
static inline struct twin_ring twin_ring_of(const struct twin_memory memory) {
  const struct twin_ring ring = {nvidia_local_address(memory.data),
                                 nvidia_local_address(memory.full), *memory.parity};
  return ring;
}
// When the stages of a part have been used: every item may call it.
static inline void twin_ring_pass(const struct twin_memory memory, const struct twin_ring ring,
                                  const struct twin_part part) {
  *memory.parity = ring.parity ^ ((1u << part.steps) - 1);
}

static inline int twin_tiles(const struct linear_w8a8_args args) {
  return (args.rows + TWIN_ROWS - 1) / TWIN_ROWS * (args.outputs / TWIN_OUTPUTS);
}

// Part `unit` of tiles times `splits`, tiles first, those of a row of tiles side by side.
static inline struct twin_part twin_part_of(const int unit, const struct linear_w8a8_args args,
                                            const int splits) {
  const int across = args.outputs / TWIN_OUTPUTS, tiles = twin_tiles(args);
  const int steps = wgmma_steps(args.inputs), each = (steps + splits - 1) / splits;
  const int tile = unit % tiles, split = unit / tiles;
  const struct twin_part part = {tile / across * TWIN_ROWS, tile % across * TWIN_OUTPUTS,
                                 split * each, min(each, steps - split * each), split};
  return part;
}

static inline uint twin_row_bytes(const struct twin_part part, const struct linear_w8a8_args args) {
  return min(TWIN_ROWS, args.rows - part.m) * WGMMA_ROW_BYTES;
}

// By the one item that copies: the weights, before the rows are there.
static inline void twin_weights(const struct twin_ring ring, const struct twin_part part,
                                global const char* w, const struct linear_w8a8_args args) {
  global const char* const from =
      w + ((size_t)(part.n / CODES_TILE) * wgmma_steps(args.inputs) + part.first) * WGMMA_BLOCK +
      part.n % CODES_TILE * WGMMA_ROW_BYTES;
  const uint bytes = TWIN_OUTPUTS * WGMMA_ROW_BYTES, row_bytes = twin_row_bytes(part, args);
  for (int k = 0; k < part.steps; ++k) {
    wgmma_arrive_expect(ring.full + 8 * k, row_bytes + bytes);
    wgmma_load(ring.data + k * TWIN_STAGE + TWIN_ROWS * WGMMA_ROW_BYTES,
               from + (size_t)k * WGMMA_BLOCK, bytes, ring.full + 8 * k);
  }
}

// By the same item, when they are.
static inline void twin_rows(const struct twin_ring ring, const struct twin_part part,
                             global const char* x, const struct linear_w8a8_args args) {
  global const char* const from =
      x + ((size_t)(part.m / CODES_TILE) * wgmma_steps(args.inputs) + part.first) * WGMMA_BLOCK +
      part.m % CODES_TILE * WGMMA_ROW_BYTES;
  const uint bytes = twin_row_bytes(part, args);
  for (int k = 0; k < part.steps; ++k)
    wgmma_load(ring.data + k * TWIN_STAGE, from + (size_t)k * WGMMA_BLOCK, bytes,
               ring.full + 8 * k);
}

// The weights of a later step's product, by the item that copies, when the work-group has used all
// stages of the one before it. `splits`: of its inputs.
static inline void twin_begin_later(const struct twin_memory memory,
                                    const struct linear_w8a8_args args, const int splits,
                                    global const char* w) {
  const int unit = get_group_id(0);
  if (unit >= twin_tiles(args) * splits) return;
  twin_weights(twin_ring_of(memory), twin_part_of(unit, args, splits), w, args);
}

static inline int twin_group() {
  return (int)get_local_id(0) / WGMMA_ITEMS;
}

// The part's products. Sums lie as linear_wgmma_outputs.h says, outputs from twin_group() *
// TWIN_HALF of the tile on.
static inline __attribute__((always_inline)) void twin_sums(int* sums, const struct twin_ring ring,
                                                            const struct twin_part part) {
  const uint half_at = TWIN_ROWS * WGMMA_ROW_BYTES + twin_group() * TWIN_HALF * WGMMA_ROW_BYTES;
  for (int k = 0; k < part.steps; ++k) {
    const ulong x = wgmma_operand(ring.data + k * TWIN_STAGE);
    const ulong w = wgmma_operand(ring.data + k * TWIN_STAGE + half_at);
    wgmma_wait(ring.full + 8 * k, ring.parity >> k & 1);
    wgmma_fence();
#pragma unroll
    for (int i = 0; i < CODES_TILE / 32; ++i)
      wgmma_n32(sums, x + i * WGMMA_OPERAND_STEP, w + i * WGMMA_OPERAND_STEP, i > 0 ? 1 : k > 0);
    wgmma_commit();
    wgmma_wait_all();  // products that are under way when the loop turns would cost registers
  }
}
