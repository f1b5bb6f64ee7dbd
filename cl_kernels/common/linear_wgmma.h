// The main loop that all products on Hopper's tensor cores share (linear_w8a8.wgmma.cl and its
// fused forms): persistent work-groups walk tiles of outputs; the last warp group copies, the
// others multiply 64 rows each. Consumer groups that work on one tile are a team. Teams take turns:
// what a team does with its sums hides behind the products of the others' tiles.
//
// Operands lie in tiles of 128 rows by 128 inputs (x in CODES_TILES, w by WEIGHT_TILES_INDEX), so
// that a stage, 128 inputs of a tile, comes by two or three bulk copies into a ring in local
// memory.
#pragma once

#include "abi/layouts.h"
#include "abi/linear_w8a8.h"
#include "common/numeric.h"
#include "common/nvidia_wgmma.h"

#define WGMMA_ITEMS 128             // of a consumer group, or of the group that copies
#define WGMMA_ROWS 64               // rows of a consumer group
#define WGMMA_ROW_BYTES CODES_TILE  // of a row in a stage
#define WGMMA_BLOCK (CODES_TILE * CODES_TILE)
#define WGMMA_STAGE(rows, outputs) (((rows) + (outputs)) * WGMMA_ROW_BYTES)

// A kernel's tile, constants all: `rows` (64 or 128) by `outputs` (32, 64, 128, 192 or 256).
struct wgmma_shape {
  int rows, outputs, stages;
  int turns;  // teams, of rows / 64 consumer groups each, that take turns at tiles; 0: one team
  // A work-group's tiles have the same outputs: its part of w, K up to LINEAR_W8A8_STILL_INPUTS,
  // comes once, and stages hold x alone. Else a stage of both takes as long to come (36 bytes a
  // clock, when all units copy) as two to be multiplied.
  bool still;
};

// Local memory: `stages` stages of x rows and then w rows, and a full and an empty barrier of each;
// after these a barrier of each team, where there is more than one.
struct wgmma_ring {
  uint data, full, empty;
  uint w;                  // of `still` shapes: the blocks of w, WGMMA_BLOCK bytes each 128 inputs
  int stages;              // of `still` shapes: what w leaves room for
  int stage;               // next to fill or to use
  uint parity;             // of its barrier's current round
  uint turn, turn_parity;  // the teams' barriers: at a team's the groups of the one before arrive
};
#define WGMMA_TURNS 4  // teams at most
#define WGMMA_BARRIERS(stages) (2 * (stages) + WGMMA_TURNS)
// `still` shapes, tiles 128 wide: so many blocks of local memory for w and x together, at least
// four of them for stages of x, one a block of 128 rows, two a block of 64.
#define WGMMA_STILL_BLOCKS (LINEAR_W8A8_STILL_INPUTS / CODES_TILE + 4)
#define WGMMA_STILL_STAGES(rows, w_blocks) \
  ((WGMMA_STILL_BLOCKS - (w_blocks)) * (WGMMA_BLOCK / ((rows)*WGMMA_ROW_BYTES)))

struct wgmma_tile {
  int m, n;  // first row, first output
};

// Tiles side by side: over the padding too, which some outputs have in memory.
static inline int wgmma_across(const struct wgmma_shape shape, const int outputs) {
  return (CODES_TILES_STRIDE(outputs) + shape.outputs - 1) / shape.outputs;
}

// Of kernels whose tiles wait for nobody; others say their own.
#define WGMMA_BAND 8

// Tile t. `band`: so many tiles of rows go through all outputs before the next band begins; what a
// band reads of x stays in the cache then. Of `still` shapes t counts tiles of rows: the outputs
// are the work-group's.
static inline struct wgmma_tile wgmma_tile_of(const int t, const struct wgmma_shape shape,
                                              const int rows, const int outputs, const int band) {
  const int across = wgmma_across(shape, outputs);
  if (shape.still) {
    const struct wgmma_tile tile = {t * shape.rows, (int)get_group_id(0) % across * shape.outputs};
    return tile;
  }
  const int down = (rows + shape.rows - 1) / shape.rows;
  const int first = t / (band * across) * band, height = min(band, down - first);
  const int r = t % (band * across);
  const struct wgmma_tile tile = {(first + r % height) * shape.rows, r / height * shape.outputs};
  return tile;
}

static inline int wgmma_tiles(const struct wgmma_shape shape, const int rows, const int outputs) {
  const int down = (rows + shape.rows - 1) / shape.rows;
  return shape.still ? down : down * wgmma_across(shape, outputs);
}

static inline int wgmma_steps(const int inputs) {
  return CODES_TILES_STRIDE(inputs) / CODES_TILE;
}

static inline int wgmma_teams(const struct wgmma_shape shape) {
  return max(shape.turns, 1);
}
static inline int wgmma_team_groups(const struct wgmma_shape shape) {
  return shape.rows / WGMMA_ROWS;
}
static inline int wgmma_team(const struct wgmma_shape shape) {
  return (int)((uint)get_local_id(0) / WGMMA_ITEMS / (uint)wgmma_team_groups(shape));
}
// A consumer group among those of its team: which rows of the tile are its own.
static inline int wgmma_team_group(const struct wgmma_shape shape) {
  return (int)((uint)get_local_id(0) / WGMMA_ITEMS % (uint)wgmma_team_groups(shape));
}
static inline void wgmma_group_sync() {
  wgmma_group_barrier(1 + (int)((uint)get_local_id(0) / WGMMA_ITEMS));
}
// A work-group has tiles t, t + work-groups, ...; its teams take them in turn. Of `still` shapes
// work-groups that stand side by side over all outputs, a whole number of such sets, have a tile of
// rows together, and the sets take these in turn.
static inline int wgmma_group_tile(const struct wgmma_shape shape, const int outputs) {
  return shape.still ? (int)get_group_id(0) / wgmma_across(shape, outputs) : (int)get_group_id(0);
}
static inline int wgmma_group_step(const struct wgmma_shape shape, const int outputs) {
  return shape.still ? (int)get_num_groups(0) / wgmma_across(shape, outputs)
                     : (int)get_num_groups(0);
}
static inline int wgmma_first_tile(const struct wgmma_shape shape, const int outputs) {
  return wgmma_group_tile(shape, outputs) + wgmma_team(shape) * wgmma_group_step(shape, outputs);
}
static inline int wgmma_tile_step(const struct wgmma_shape shape, const int outputs) {
  return wgmma_teams(shape) * wgmma_group_step(shape, outputs);
}

// The tiles of the kernels of 640 items, whose local memory is the same.
static inline struct wgmma_shape wgmma_mid() {
  const struct wgmma_shape shape = {128, 128, 6, 2, false};
  return shape;
}
static inline struct wgmma_shape wgmma_still() {
  const struct wgmma_shape shape = {128, 128, 0, 2, true};
  return shape;
}
// Four teams of a group each: they hide more of what waits after products, but a group alone
// multiplies at two thirds of the rate (435 clocks a stage of 64 x 128, two groups 550 to 650).
static inline struct wgmma_shape wgmma_still_four() {
  const struct wgmma_shape shape = {64, 128, 0, 4, true};
  return shape;
}
#define WGMMA_MID_DATA (6 * WGMMA_STAGE(128, 128))
#define WGMMA_MID_BARRIERS WGMMA_BARRIERS(WGMMA_STILL_STAGES(128, 1))
#define WGMMA_STILL_FOUR_BARRIERS WGMMA_BARRIERS(WGMMA_STILL_STAGES(64, 1))

// Every item calls it first. `data` must be aligned to 1024 bytes, as the swizzle asks.
static inline struct wgmma_ring wgmma_ring_of(local char* data, local ulong* barriers,
                                              const struct wgmma_shape shape, const int stages,
                                              local char* w) {
  struct wgmma_ring ring = {nvidia_local_address(data), nvidia_local_address(barriers)};
  ring.empty = ring.full + 8 * stages;
  ring.turn = ring.empty + 8 * stages;
  ring.w = nvidia_local_address(w);
  ring.stages = stages;
  ring.turn_parity = wgmma_team(shape) == 0;  // the first team need not wait
  if (get_local_id(0) == 0) {
    for (int i = 0; i < stages; ++i) {
      wgmma_barrier_init(ring.full + 8 * i, 1);
      wgmma_barrier_init(ring.empty + 8 * i, wgmma_team_groups(shape));
    }
    for (int i = 0; i < shape.turns; ++i)
      wgmma_barrier_init(ring.turn + 8 * i, wgmma_team_groups(shape));
    wgmma_barriers_ready();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  return ring;
}
static inline struct wgmma_ring wgmma_ring_init(local void* data, local ulong* barriers,
                                                const struct wgmma_shape shape) {
  return wgmma_ring_of((local char*)data, barriers, shape, shape.stages, (local char*)data);
}
// Of wgmma_mid(), wgmma_still() and wgmma_still_four(): where w stays x's stages come first.
static inline struct wgmma_ring wgmma_mid_ring_init(local char* data, local ulong* barriers,
                                                    const struct wgmma_shape shape,
                                                    const int inputs) {
  if (!shape.still) return wgmma_ring_init(data, barriers, shape);
  const int stages = WGMMA_STILL_STAGES(shape.rows, wgmma_steps(inputs));
  return wgmma_ring_of(data, barriers, shape, stages, data + stages * shape.rows * WGMMA_ROW_BYTES);
}

static inline void wgmma_next(private struct wgmma_ring* ring, const struct wgmma_shape shape) {
  if (++ring->stage < (shape.still ? ring->stages : shape.stages)) return;
  ring->stage = 0;
  ring->parity ^= 1;
}
// Past the stages of other teams' tiles.
static inline void wgmma_skip(private struct wgmma_ring* ring, const struct wgmma_shape shape,
                              const int steps) {
  if (shape.still) {
    for (ring->stage += steps; ring->stage >= ring->stages; ring->stage -= ring->stages)
      ring->parity ^= 1;
    return;
  }
  const uint to = ring->stage + steps;
  ring->stage = to % shape.stages;
  ring->parity ^= to / shape.stages & 1;
}

// The tiles of the kernels for few rows, 256 items: `few` and `narrow` in their names. Their rings
// take the same local memory.
#define WGMMA_FEW_ROWS 64
#define WGMMA_FEW_OUTPUTS 64
#define WGMMA_FEW_STAGES 6
#define WGMMA_FEW_DATA (WGMMA_FEW_STAGES * WGMMA_STAGE(WGMMA_FEW_ROWS, WGMMA_FEW_OUTPUTS))
#define WGMMA_NARROW_OUTPUTS 32
#define WGMMA_NARROW_STAGES 8
static inline struct wgmma_shape wgmma_few() {
  const struct wgmma_shape shape = {WGMMA_FEW_ROWS, WGMMA_FEW_OUTPUTS, WGMMA_FEW_STAGES, 0};
  return shape;
}
static inline struct wgmma_shape wgmma_narrow() {
  const struct wgmma_shape shape = {WGMMA_FEW_ROWS, WGMMA_NARROW_OUTPUTS, WGMMA_NARROW_STAGES, 0};
  return shape;
}

// Whether an item belongs to the group that copies, the last one.
static inline bool wgmma_copies(const struct wgmma_shape shape) {
  return (int)get_local_id(0) >= wgmma_teams(shape) * wgmma_team_groups(shape) * WGMMA_ITEMS;
}

// wgmma_produce of `still` shapes: w comes with the first tile's stages. A team whose first tile is
// a later one waits for that one's turn, and so for its stages, first.
static inline void wgmma_produce_still(struct wgmma_ring ring, const struct wgmma_shape shape,
                                       global const char* x, global const char* w,
                                       const struct linear_w8a8_args args) {
  const int steps = wgmma_steps(args.inputs);
  const int tiles = wgmma_tiles(shape, args.rows, args.outputs);
  const int first = wgmma_group_tile(shape, args.outputs);
  if (get_local_id(0) % WGMMA_ITEMS != 0) return;
  ring.parity ^= 1;  // a fresh ring is empty
  for (int t = first; t < tiles; t += wgmma_group_step(shape, args.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, args.rows, args.outputs, 1);
    const uint x_bytes = min(shape.rows, args.rows - tile.m) * WGMMA_ROW_BYTES;
    global const char* const x_from = x + (size_t)(tile.m / CODES_TILE) * steps * WGMMA_BLOCK +
                                      tile.m % CODES_TILE * WGMMA_ROW_BYTES;
    global const char* const w_from = w + (size_t)(tile.n / CODES_TILE) * steps * WGMMA_BLOCK;
    for (int k = 0; k < steps; ++k) {
      const uint full = ring.full + 8 * ring.stage;
      wgmma_wait(ring.empty + 8 * ring.stage, ring.parity);
      wgmma_arrive_expect(full, t == first ? x_bytes + WGMMA_BLOCK : x_bytes);
      if (t == first)
        wgmma_load(ring.w + k * WGMMA_BLOCK, w_from + (size_t)k * WGMMA_BLOCK, WGMMA_BLOCK, full);
      wgmma_load(ring.data + ring.stage * shape.rows * WGMMA_ROW_BYTES,
                 x_from + (size_t)k * WGMMA_BLOCK, x_bytes, full);
      wgmma_next(&ring, shape);
    }
  }
}

// The copying group, of which one item does it all: fills the ring for all tiles of the work-group.
// Rows past the last are not copied: what stands in their place reaches no output.
static inline void wgmma_produce(struct wgmma_ring ring, const struct wgmma_shape shape,
                                 const int band, global const char* x, global const char* w,
                                 const struct linear_w8a8_args args) {
  if (shape.still) return wgmma_produce_still(ring, shape, x, w, args);
  const int steps = wgmma_steps(args.inputs);
  const int groups = shape.turns ? 1 : args.groups;  // teams in turn: no groups along K
  const int span = shape.turns ? steps : wgmma_steps(args.group);
  const int padded = CODES_TILES_STRIDE(args.outputs);
  const int tiles = wgmma_tiles(shape, args.rows, args.outputs);
  if (get_local_id(0) % WGMMA_ITEMS != 0) return;
  ring.parity ^= 1;  // a fresh ring is empty
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, args.rows, args.outputs, band);
    const uint x_bytes = min(shape.rows, args.rows - tile.m) * WGMMA_ROW_BYTES;
    const uint w_bytes = min(shape.outputs, padded - tile.n) * WGMMA_ROW_BYTES;
    global const char* x_from = x + (size_t)(tile.m / CODES_TILE) * steps * WGMMA_BLOCK +
                                tile.m % CODES_TILE * WGMMA_ROW_BYTES;
    global const char* w_from = w + (size_t)(tile.n / CODES_TILE) * steps * WGMMA_BLOCK +
                                tile.n % CODES_TILE * WGMMA_ROW_BYTES;
    for (int i = 0; i < groups; ++i) {
      const int j = ZCL_ORDER(i, groups);
      for (int k = j * span; k < min(steps, (j + 1) * span); ++k) {
        const uint full = ring.full + 8 * ring.stage;
        const uint to = ring.data + ring.stage * WGMMA_STAGE(shape.rows, shape.outputs);
        const uint w_to = to + shape.rows * WGMMA_ROW_BYTES;
        global const char* const w_part = w_from + (size_t)k * WGMMA_BLOCK;
        wgmma_wait(ring.empty + 8 * ring.stage, ring.parity);
        wgmma_arrive_expect(full, x_bytes + w_bytes);
        wgmma_load(to, x_from + (size_t)k * WGMMA_BLOCK, x_bytes, full);
        // A tile of 192 outputs may begin in the middle of a block.
        const uint skipped = shape.outputs == 192 ? tile.n % CODES_TILE * WGMMA_ROW_BYTES : 0;
        const uint w_room = (uint)WGMMA_BLOCK - skipped;
        wgmma_load(w_to, w_part, min(w_bytes, w_room), full);
        if (shape.outputs > CODES_TILE && w_bytes > w_room)
          wgmma_load(w_to + w_room, w_part + (size_t)steps * WGMMA_BLOCK - skipped,
                     w_bytes - w_room, full);
        wgmma_next(&ring, shape);
      }
    }
  }
}

// Issues the products of the next stage, inputs 128 k and so on of a tile, with a consumer group's
// 64 rows: sums (shape.outputs / 2 integers an item) = (k = 0) or += them. Does not wait for them.
static inline __attribute__((always_inline)) void wgmma_stage(int* sums,
                                                              const struct wgmma_ring ring,
                                                              const struct wgmma_shape shape,
                                                              const int group, const int k) {
  const int add = k > 0;
  const uint base =
      ring.data + ring.stage * WGMMA_STAGE(shape.rows, shape.still ? 0 : shape.outputs);
  const ulong x = wgmma_operand(base + group * WGMMA_ROWS * WGMMA_ROW_BYTES);
  const ulong w =
      wgmma_operand(shape.still ? ring.w + k * WGMMA_BLOCK : base + shape.rows * WGMMA_ROW_BYTES);
  wgmma_wait(ring.full + 8 * ring.stage, ring.parity);
  wgmma_fence();
#pragma unroll
  for (int i = 0; i < CODES_TILE / 32; ++i) {
    const ulong x_part = x + i * WGMMA_OPERAND_STEP, w_part = w + i * WGMMA_OPERAND_STEP;
    const int plus = i > 0 ? 1 : add;
    if (shape.outputs == 256) wgmma_n256(sums, x_part, w_part, plus);
    if (shape.outputs == 128) wgmma_n128(sums, x_part, w_part, plus);
    if (shape.outputs == 64) wgmma_n64(sums, x_part, w_part, plus);
    if (shape.outputs == 32) wgmma_n32(sums, x_part, w_part, plus);
  }
  wgmma_commit();
}

// Teams take turns at the products, tile by tile, in the order of the ring. A team's turn comes
// when the groups of the one before have issued all products of the tile before. All stages before
// its own have been filled then, so that a full barrier is in the round for which the team will
// wait, or past it: a round earlier still its parity would seem to say that the stage is full. A
// team waits for the tile before alone, and the copying group for the stages of tiles before: the
// earliest tile always goes on.
static inline void wgmma_turn_begin(private struct wgmma_ring* ring, const struct wgmma_shape shape,
                                    const int steps) {
  if (!shape.turns) return;
  const int team = wgmma_team(shape);
  wgmma_skip(ring, shape, team * steps);
  wgmma_wait(ring->turn + 8 * team, ring->turn_parity);
  ring->turn_parity ^= 1;
}
static inline void wgmma_turn_pass(private struct wgmma_ring* ring, const struct wgmma_shape shape,
                                   const int steps) {
  if (!shape.turns) return;
  const int team = wgmma_team(shape);
  if (get_local_id(0) % WGMMA_ITEMS == 0) wgmma_arrive(ring->turn + 8 * ((team + 1) % shape.turns));
  wgmma_skip(ring, shape, (shape.turns - 1 - team) * steps);
}

// All products of a tile's 64 rows, when done. Stages go back to the copying group one step late,
// when the products that read them are known to be over.
static inline __attribute__((always_inline)) void wgmma_sums(int* sums,
                                                             private struct wgmma_ring* ring,
                                                             const struct wgmma_shape shape,
                                                             const int group, const int steps) {
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  int before = -1;
  wgmma_turn_begin(ring, shape, steps);
  for (int k = 0; k < steps; ++k) {
    wgmma_stage(sums, *ring, shape, group, k);
    wgmma_wait_but_one();
    if (before >= 0 && first_item) wgmma_arrive(ring->empty + 8 * before);
    before = ring->stage;
    wgmma_next(ring, shape);
  }
  wgmma_turn_pass(ring, shape, steps);
  wgmma_wait_all();
  if (first_item) wgmma_arrive(ring->empty + 8 * before);
}
