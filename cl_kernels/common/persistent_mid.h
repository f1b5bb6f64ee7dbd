// Products of persistent.wgmma_mid.cl: a work-group's four consumer groups multiply 64 rows by 64
// outputs each, a fifth group copies. Where 64 x 64 or 64 x 128 are tiles enough, groups share out
// the inputs of a tile, which end sooner, and then, where these are floats, the tile's outputs.
#pragma once

#include "abi/persistent.h"
#include "common/linear_wgmma_outputs.h"

#define MID_PART 64  // rows and outputs of a group's sums
#define MID_GROUPS 4
#define MID_CONSUMERS (MID_GROUPS * WGMMA_ITEMS)
#define MID_BARRIER 5              // of all consumers; groups have 1 to 4
#define MID_STAGES 8               // at most
#define MID_SUMS (MID_PART / 2)    // of an item
#define MID_FOURS (MID_PART / 16)  // blocks of 16 outputs: an item has four of each, in two rows

// A tile of `down` x `across` parts: `splits` groups, MID_GROUPS / (down * across), have the same
// one. Stages are followed in local memory by the sums that groups hand over. They are a multiple
// of the splits: so a group has the same stages in each round of the ring. One that had not waited
// for a stage's round before would take that, still on its way, for its own. `down` and `across`
// are 1 or 2, so that half of them is their binary logarithm, and no item divides by them.
struct mid_shape {
  int down, across, splits, stages;
};
#define MID_HANDED (8 * WGMMA_ITEMS * (int)sizeof(int))  // of a block of 16 outputs
#define MID_DATA (6 * WGMMA_STAGE(128, 128))             // the largest of the three
#define MID_PART_BYTES (MID_PART * WGMMA_ROW_BYTES)      // of rows or outputs in a stage
// The shapes of mid_shape_of, with the blocks that their groups hand over.
#define MID_FITS(down, across, stages, blocks) \
  ((stages) * ((down) + (across)) * MID_PART_BYTES + (blocks)*MID_HANDED <= MID_DATA)
typedef char
    mid_shapes_fit[MID_FITS(1, 1, 8, 16) && MID_FITS(1, 2, 6, 8) && MID_FITS(2, 2, 6, 0) ? 1 : -1];

// Parts that lie beside each other, an even number: over the padding too.
static inline int mid_across(const int outputs) {
  return CODES_TILES_STRIDE(outputs) / MID_PART;
}
// The smallest tile of which no work-group has two, or the largest.
static inline struct mid_shape mid_shape_of(const int rows, const int outputs) {
  const int groups = get_num_groups(0);
  const int parts = (rows + MID_PART - 1) / MID_PART * mid_across(outputs);
  const struct mid_shape small = {1, 1, 4, 8}, flat = {1, 2, 2, 6}, square = {2, 2, 1, 6};
  return parts <= groups ? small : parts / 2 <= groups ? flat : square;
}
// Tiles that lie beside each other.
static inline int mid_beside(const struct mid_shape shape, const int outputs) {
  return mid_across(outputs) >> shape.across / 2;
}
static inline int mid_tiles(const struct mid_shape shape, const int rows, const int outputs) {
  const int down = (rows + MID_PART - 1) / MID_PART;
  return ((down + shape.down - 1) >> shape.down / 2) * mid_beside(shape, outputs);
}
// From one of a work-group's tiles to its next one. Where the tiles of a row wait for each other
// (`meets`) only so many work-groups have any that these take whole rows: a row of which some tiles
// came a round later would make the others wait for two.
//
// Why their meetings end: all tiles of a row are in one round, none waits for another row, and in
// the rounds before all have met, since none waits for a later one.
static inline int mid_stride(const struct mid_shape shape, const int tiles, const int outputs,
                             const bool meets) {
  const int groups = get_num_groups(0), beside = mid_beside(shape, outputs);
  return meets && tiles > groups ? groups / beside * beside : groups;
}
// The work-group's first tile, or one that is none.
static inline int mid_first_tile(const int stride, const int tiles) {
  const int group = get_group_id(0);
  return group < stride ? group : tiles;
}
// Work-groups that share out the inputs of each tile: of STEP_LINEAR_W8A8_PARTS two, the first
// half for the first of them. No work-group has two tiles then. Unit u is a work-group's part of a
// tile, the first halves of all tiles before the second; where nothing is shared out it is a tile.
static inline int mid_parts_bits(const int kind) {
  return kind == STEP_LINEAR_W8A8_PARTS ? 1 : 0;
}
static inline bool mid_second(const int u, const int tiles) {
  return u >= tiles;
}
static inline int mid_unit_tile(const int u, const int tiles) {
  return mid_second(u, tiles) ? u - tiles : u;
}
// Stages of a unit.
static inline int mid_unit_steps(const struct linear_w8a8_args a, const int kind) {
  return wgmma_steps(a.inputs) >> mid_parts_bits(kind);
}

// A row of tiles after another: those of a row may wait for each other.
static inline struct wgmma_tile mid_tile_of(const int t, const struct mid_shape shape,
                                            const int outputs) {
  const int beside = mid_beside(shape, outputs), row = t / beside;
  const struct wgmma_tile tile = {row * shape.down * MID_PART,
                                  (t - row * beside) * shape.across * MID_PART};
  return tile;
}

// Which part of a tile a consumer group has, and which of its stages: every shape.splits-th from
// `first` on.
struct mid_part {
  int first, row, column;
};
static inline int mid_group() {
  return (int)((uint)wgmma_here((int)get_local_id(0)) / WGMMA_ITEMS);
}
static inline struct mid_part mid_part_of(const struct mid_shape shape) {
  const int group = mid_group(), across_bits = shape.across / 2, down_bits = shape.down / 2;
  const struct mid_part part = {group >> (across_bits + down_bits),
                                group >> across_bits & (shape.down - 1),
                                group & (shape.across - 1)};
  return part;
}

// Stages of x rows and then w rows, and a full and an empty barrier of each. A step begins with the
// first of them, whatever its shape; `parities`, a bit for each, say in which round its barriers
// are then. The copying item and the consumers count for themselves.
struct mid_ring {
  uint data, full, parities;
};
static inline struct mid_ring mid_ring_of(local char* data, local ulong* barriers,
                                          const uint parities) {
  const struct mid_ring ring = {nvidia_local_address(data), nvidia_local_address(barriers),
                                parities};
  return ring;
}
static inline void mid_ring_init(local ulong* barriers) {
  const uint full = nvidia_local_address(barriers);
  for (int i = 0; i < MID_STAGES; ++i) {
    wgmma_barrier_init(full + 8 * i, 1);
    wgmma_barrier_init(full + 8 * (MID_STAGES + i), MID_GROUPS);
  }
}

// A stage of a step, and the round in which it is used.
struct mid_place {
  int stage;
  uint round;
};
// At most a round further.
static inline void mid_advance(private struct mid_place* place, const struct mid_shape shape,
                               const int count) {
  place->stage += count;
  if (place->stage < shape.stages) return;
  place->stage -= shape.stages;
  place->round ^= 1;
}
// Any number of stages further.
static inline void mid_skip(private struct mid_place* place, const struct mid_shape shape,
                            const int count) {
  for (place->stage += count; place->stage >= shape.stages; place->stage -= shape.stages)
    place->round ^= 1;
}
// The parities after a step that ends before `end`.
static inline uint mid_passed(const uint parities, const struct mid_shape shape,
                              const struct mid_place end) {
  const uint all = (1u << shape.stages) - 1, some = (1u << end.stage) - 1;
  return parities ^ (end.round != 0 ? all : 0u) ^ some;
}
static inline uint mid_full(const struct mid_ring ring, const struct mid_place place) {
  return ring.full + 8 * place.stage;
}
static inline uint mid_empty(const struct mid_ring ring, const int stage) {
  return ring.full + 8 * (MID_STAGES + stage);
}
static inline uint mid_parity(const struct mid_ring ring, const struct mid_place place) {
  return (ring.parities >> place.stage & 1) ^ place.round;
}
static inline uint mid_stage_at(const struct mid_ring ring, const struct mid_shape shape,
                                const struct mid_place place) {
  return ring.data + place.stage * ((shape.down + shape.across) * MID_PART_BYTES);
}

// --- the copying item ---------------------------------------------------------------------------

// Where a tile's rows and weights lie, and the bytes of rows of a stage.
struct mid_source {
  global const char* x;
  global const char* w;
  uint row_bytes;
};
static inline global const char* mid_operand(global const char* operand, const int first,
                                             const int steps) {
  return operand + (size_t)(first / CODES_TILE) * steps * WGMMA_BLOCK +
         first % CODES_TILE * WGMMA_ROW_BYTES;
}
static inline struct mid_source mid_source_of(const int t, const struct mid_shape shape,
                                              global const char* x, global const char* w,
                                              const struct linear_w8a8_args args) {
  const int steps = wgmma_steps(args.inputs);
  const struct wgmma_tile tile = mid_tile_of(t, shape, args.outputs);
  const struct mid_source source = {
      mid_operand(x, tile.m, steps), mid_operand(w, tile.n, steps),
      (uint)min(shape.down * MID_PART, args.rows - tile.m) * WGMMA_ROW_BYTES};
  return source;
}

// A step's weights of a tile, and that so many bytes of rows will come.
static inline void mid_load_weights(const struct mid_ring ring, const struct mid_shape shape,
                                    const struct mid_place place, global const char* w,
                                    const uint row_bytes) {
  const uint full = mid_full(ring, place), bytes = shape.across * MID_PART_BYTES;
  // A fresh stage is empty.
  wgmma_wait(mid_empty(ring, place.stage), mid_parity(ring, place) ^ 1);
  wgmma_arrive_expect(full, row_bytes + bytes);
  wgmma_load(mid_stage_at(ring, shape, place) + shape.down * MID_PART_BYTES, w, bytes, full);
}

// Before the rows are there: weights of the work-group's first tile, as many as there is room for.
static inline void mid_produce_early(const struct mid_ring ring, const struct mid_shape shape,
                                     struct mid_source source, const int steps) {
  for (int k = 0; k < min(steps, shape.stages); ++k, source.w += WGMMA_BLOCK) {
    const struct mid_place place = {k, 0};
    mid_load_weights(ring, shape, place, source.w, source.row_bytes);
  }
}
// When they are: what is missing, of all tiles, of which `source` is the first, of `steps` stages
// each. Where the next step finds the ring.
static inline uint mid_produce(const struct mid_ring ring, const struct mid_shape shape,
                               const int stride, const int steps, struct mid_source source,
                               global const char* x, global const char* w,
                               const struct linear_w8a8_args args) {
  int early = shape.stages, t = get_group_id(0);
  struct mid_place place = {0, 0};
  while (true) {
    for (int k = 0; k < steps; ++k, source.w += WGMMA_BLOCK, source.x += WGMMA_BLOCK) {
      if (k >= early) mid_load_weights(ring, shape, place, source.w, source.row_bytes);
      wgmma_load(mid_stage_at(ring, shape, place), source.x, source.row_bytes,
                 mid_full(ring, place));
      mid_advance(&place, shape, 1);
    }
    t += stride;
    if (t >= mid_tiles(shape, args.rows, args.outputs))
      return mid_passed(ring.parities, shape, place);
    source = mid_source_of(t, shape, x, w, args);
    early = 0;
  }
}

// --- the consumers ------------------------------------------------------------------------------

// A group's products of a tile, whose stages begin at `place`: added to sums, zeros. Stages go back
// one step late, when the products that read them are known to be over.
static inline __attribute__((always_inline)) void mid_sums(int* sums, const struct mid_ring ring,
                                                           const struct mid_shape shape,
                                                           const struct mid_part part,
                                                           struct mid_place place,
                                                           const int steps) {
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const uint x_at = part.row * MID_PART_BYTES, w_at = (shape.down + part.column) * MID_PART_BYTES;
  int before = -1;
  mid_advance(&place, shape, part.first);
  for (int k = part.first; k < steps; k += shape.splits) {
    const uint at = mid_stage_at(ring, shape, place);
    const ulong x = wgmma_operand(at + x_at), w = wgmma_operand(at + w_at);
    wgmma_wait(mid_full(ring, place), mid_parity(ring, place));
    wgmma_fence();
#pragma unroll
    for (int i = 0; i < CODES_TILE / 32; ++i)
      wgmma_n64(sums, x + i * WGMMA_OPERAND_STEP, w + i * WGMMA_OPERAND_STEP, 1);
    wgmma_commit();
    wgmma_wait_but_one();
    if (before >= 0 && first_item) wgmma_arrive_times(mid_empty(ring, before), shape.splits);
    before = place.stage;
    mid_advance(&place, shape, shape.splits);
  }
  wgmma_wait_all();
  if (before >= 0 && first_item) wgmma_arrive_times(mid_empty(ring, before), shape.splits);
}

// Which blocks of 16 outputs a group has when those with the same part have added up their sums, a
// bit each: their share, or, where outputs are not `shared`, the first group all of them.
static inline uint mid_blocks_of(const struct mid_shape shape, const int first, const bool shared) {
  const int each = MID_FOURS / shape.splits;
  if (shared) return ((1u << each) - 1) << each * first;
  return first == 0 ? (1u << MID_FOURS) - 1 : 0;
}
// Where a group's item hands over its sums of a block, two int4 WGMMA_ITEMS apart.
static inline local int4* mid_handed(local char* handed, const struct mid_shape shape,
                                     const int group, const int block, const bool shared) {
  const int slot = shared ? group * shape.splits + (block & (shape.splits - 1))
                          : (group - shape.down * shape.across) * MID_FOURS + block;
  return (local int4*)(handed + slot * MID_HANDED) + (uint)get_local_id(0) % WGMMA_ITEMS;
}
// Groups with the same part add up their sums: those of its `blocks` the group has then. All
// consumers call it. `handed`: behind the stages.
static inline __attribute__((always_inline)) void mid_join(int* sums, const struct mid_shape shape,
                                                           const struct mid_part part,
                                                           const uint blocks, const bool shared,
                                                           local char* handed) {
  const int group = mid_group();
#pragma unroll
  for (int i = 0; i < MID_FOURS; ++i) {
    if (blocks >> i & 1 || (!shared && part.first == 0)) continue;
    local int4* const to = mid_handed(handed, shape, group, i, shared);
    const int* const from = sums + 8 * i;
    to[0] = (int4)(from[0], from[1], from[2], from[3]);
    to[WGMMA_ITEMS] = (int4)(from[4], from[5], from[6], from[7]);
  }
  nvidia_barrier(MID_BARRIER, MID_CONSUMERS);
#pragma unroll
  for (int i = 0; i < MID_FOURS; ++i) {
    if (!(blocks >> i & 1)) continue;
    for (int s = 0; s < shape.splits; ++s) {
      if (s == part.first) continue;
      const int other = group + (s - part.first) * shape.down * shape.across;
      local const int4* const from = mid_handed(handed, shape, other, i, shared);
      const int4 a = from[0], b = from[WGMMA_ITEMS];
      sums[8 * i] += a.x;
      sums[8 * i + 1] += a.y;
      sums[8 * i + 2] += a.z;
      sums[8 * i + 3] += a.w;
      sums[8 * i + 4] += b.x;
      sums[8 * i + 5] += b.y;
      sums[8 * i + 6] += b.z;
      sums[8 * i + 7] += b.w;
    }
  }
}
