// Attention and the quantization of its result for few rows, a step of the persistent kernels and
// attention_i8_quantize_tokens.mma_few.cl: a team of 256 items, the whole work-group but in
// persistent.wgmma_mid.cl, has a tile of queries and a head, as work-groups have in
// attention_i8.mma.cl, and its two groups of 128 items, called sides, take the blocks of keys in
// turn. Blocks become parts of a row side by side, each by itself; then they are joined in the
// order that NUMERICS.md 3.12 asks for, columns shared out among the sides. The heads of a tile
// meet to find the largest magnitude of each row.
#pragma once

#include "abi/attention_i8_quantize_tokens.h"
#include "common/attention_i8_mma.h"
#include "common/codes.h"
#include "common/elementary.h"
#include "common/nvidia_scale.h"
#include "common/persistent_meeting.h"

#define ATTENTION_SIDES (PERSISTENT_ITEMS / ATTENTION_MMA_ITEMS)
#define ATTENTION_TILES (ATTENTION_MMA_SIZE / 8)               // products of eight columns at most
#define ATTENTION_COLUMNS (ATTENTION_TILES / ATTENTION_SIDES)  // of a side

#define ATTENTION_TEAM_ITEMS (ATTENTION_SIDES * ATTENTION_MMA_ITEMS)
#define ATTENTION_TEAM_BARRIER 6  // of the first team; groups of 128 items have 1 to 4

static inline int persistent_attention_side() {
  return (int)((uint)get_local_id(0) / ATTENTION_MMA_ITEMS % ATTENTION_SIDES);
}
static inline int persistent_attention_team() {
  return (int)((uint)get_local_id(0) / ATTENTION_TEAM_ITEMS);
}
static inline void persistent_attention_barrier() {
  nvidia_barrier(ATTENTION_TEAM_BARRIER + persistent_attention_team(), ATTENTION_TEAM_ITEMS);
}

// The warp of a tile's rows that an item belongs to, 0 to 3. The second side begins in the middle,
// so that warps with the same rows, and those of half a tile, lie in different quarters of a unit.
static inline int persistent_attention_warp() {
  const int side = persistent_attention_side();
  return (attention_i8_mma_item() / NVIDIA_WARP + side * (ATTENTION_MMA_TILES / ATTENTION_SIDES)) %
         ATTENTION_MMA_TILES;
}
// The item with the same place in either side.
static inline int persistent_attention_item() {
  return persistent_attention_warp() * NVIDIA_WARP + (int)get_local_id(0) % NVIDIA_WARP;
}
// The warp's rows; none in warps outside of [first, first + count).
static inline struct zcl_tile persistent_attention_part(const struct zcl_tile group,
                                                        const int first, const int count) {
  const int warp = persistent_attention_warp();
  struct zcl_tile tile = attention_i8_mma_part_of(group, warp);
  tile.rows = warp >= first && warp < first + count ? max(tile.rows, 0) : 0;
  return tile;
}

// Local memory where the sides exchange blocks: of each row its level, sum and scale; and,
// from item to item, the sums of the other side's columns.
struct persistent_sides {
  local char* memory;  // of this side: ATTENTION_I8_MMA_MEMORY
  local float4* rows;  // [ATTENTION_SIDES][ATTENTION_MMA_ROWS]
  local int4* sums;    // [ATTENTION_SIDES][ATTENTION_COLUMNS][ATTENTION_MMA_ITEMS]
};
#define ATTENTION_SIDES_ROWS (ATTENTION_SIDES * ATTENTION_MMA_ROWS)
#define ATTENTION_SIDES_SUMS (ATTENTION_SIDES * ATTENTION_COLUMNS * ATTENTION_MMA_ITEMS)

// The item's side. `attention`: [ATTENTION_SIDES][ATTENTION_I8_MMA_MEMORY].
static inline struct persistent_sides persistent_sides_of(local uint4* attention,
                                                          local float4* rows, local int4* sums) {
  const int side = persistent_attention_side();
  const struct persistent_sides sides = {(local char*)(attention + side * ATTENTION_I8_MMA_MEMORY),
                                         rows, sums};
  return sides;
}

// Scores, weights and sums of a block. `full`: all of its keys exist; else those before `seen`.
// sums[n][i] - ROUND_MAGIC_BITS are O of columns 8 n + 2 q + i % 2.
static inline __attribute__((always_inline)) struct attention_mma_part persistent_attention_block(
    const struct attention_mma_lane lane, const bool full, const int seen, uint a[][4],
    const float* factors, const struct attention_i8_mma_block block, const int steps,
    const int tiles, int sums[][4]) {
  float x[ATTENTION_MMA_GROUPS][4];
  uint e[2][4];
  const int both_seen[2] = {seen, seen};
  const struct attention_mma_values of_values =
      attention_mma_values_of(lane, full ? KEY_BLOCK : seen, block.value_scales);
  attention_i8_mma_scores(lane, a, block, steps, x);
  const struct attention_mma_part part = attention_mma_block(lane, full, true, both_seen, factors,
                                                             block.value_scales, of_values, x, e);
  const uint near[4] = {e[0][0], e[1][0], e[0][1], e[1][1]};
  const uint far[4] = {e[0][2], e[1][2], e[0][3], e[1][3]};
  const int start[4] = {ROUND_MAGIC_BITS, ROUND_MAGIC_BITS, ROUND_MAGIC_BITS, ROUND_MAGIC_BITS};
#pragma unroll
  for (int n = 0; n < ATTENTION_TILES; ++n) {
    if (n >= tiles) continue;
    const uint4 v = *(local const uint4*)(block.values + lane.q * ATTENTION_MMA_QUARTER(tiles) +
                                          (8 * n + lane.g) * 16);
    nvidia_mma_s8(near, v.x, v.y, start, sums[n]);
    nvidia_mma_s8(far, v.z, v.w, sums[n], sums[n]);
  }
  return part;
}

// A block joins its row: m and l of the lane's row go on, and o of the side's columns. Its sums are
// `near` or, of the other side, `far`.
static inline __attribute__((always_inline)) void persistent_attention_join(
    const struct attention_mma_lane lane, const float4 part, const bool is_far, int near[][4],
    int far[][4], const int columns, float* m, float* l, float o[][4]) {
  float old[2], gain[2];
  const struct attention_mma_part block = {part.x, part.y, part.z};
  attention_mma_advance(lane, block, m, l, old, gain);
#pragma unroll
  for (int n = 0; n < ATTENTION_COLUMNS; ++n) {
    if (n >= columns) continue;
#pragma unroll
    for (int i = 0; i < 4; ++i)
      o[n][i] =
          attention_mma_join(o[n][i], old[i / 2], is_far ? far[n][i] : near[n][i], gain[i / 2]);
  }
}

// Both sides' blocks join, `both`: the second side has one. `columns`: products of eight columns of
// a side. Every item of the team calls it; the memory may be filled again after a barrier.
static inline __attribute__((always_inline)) void persistent_attention_exchange(
    const struct attention_mma_lane lane, const struct attention_mma_part part, int sums[][4],
    const int columns, const bool both, const struct persistent_sides sides, float* m, float* l,
    float o[][4]) {
  const int item = persistent_attention_item();
  const int side = persistent_attention_side();
  const bool second = side != 0;
  const int row = item / NVIDIA_WARP * ATTENTION_ROWS_GPU + lane.g;
  local int4* const to = sides.sums + side * ATTENTION_COLUMNS * ATTENTION_MMA_ITEMS + item;
  local const int4* const from =
      sides.sums + (1 - side) * ATTENTION_COLUMNS * ATTENTION_MMA_ITEMS + item;
  int mine[ATTENTION_COLUMNS][4], others[ATTENTION_COLUMNS][4];
  if (lane.q < 2)
    sides.rows[side * ATTENTION_MMA_ROWS + row + 8 * lane.q] =
        (float4)(part.level, part.total, part.scale, 0.0f);
#pragma unroll
  for (int n = 0; n < ATTENTION_COLUMNS; ++n) {
    if (n >= columns) continue;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int low = sums[n][i];
      const int high = columns == ATTENTION_COLUMNS ? sums[n + ATTENTION_COLUMNS][i]
                                                    : sums[n + ATTENTION_COLUMNS / 2][i];
      mine[n][i] = second ? high : low;
      others[n][i] = second ? low : high;
    }
    to[n * ATTENTION_MMA_ITEMS] = (int4)(others[n][0], others[n][1], others[n][2], others[n][3]);
  }
  persistent_attention_barrier();
#pragma unroll
  for (int n = 0; n < ATTENTION_COLUMNS; ++n) {
    if (n >= columns) continue;
    const int4 got = from[n * ATTENTION_MMA_ITEMS];
    others[n][0] = got.x, others[n][1] = got.y, others[n][2] = got.z, others[n][3] = got.w;
  }
  const int own_row = row + (lane.odd ? 8 : 0);
  persistent_attention_join(lane, sides.rows[own_row], second, mine, others, columns, m, l, o);
  if (both)
    persistent_attention_join(lane, sides.rows[ATTENTION_MMA_ROWS + own_row], !second, mine, others,
                              columns, m, l, o);
}

// The side's first block of a tile of queries: keys are in memory that products write, tables are
// not.
static inline struct zcl_i8_cache persistent_attention_first(const struct zcl_i8_cache cache,
                                                             const struct zcl_tile group,
                                                             const int head, const int heads,
                                                             const int size) {
  const int own = persistent_attention_side() * KEY_BLOCK;
  return zcl_i8_cache_block(cache, group, own < group.keys ? own : 0, head, heads, size);
}

// o and 1 / l of `tile`, the warp's rows of a tile of queries, and a head, of each side half of the
// columns: products of eight from side * columns on. No causal ones; D is 32 * steps and a multiple
// of 16.
static inline __attribute__((always_inline)) void persistent_attention_rows(
    global const char* q, global const float* q_scales, const struct zcl_i8_cache cache,
    const struct zcl_i8_cache first_block, const struct zcl_tile group, const struct zcl_tile tile,
    const int head, const int steps, const int tiles, const struct attention_i8_args args,
    const struct persistent_sides sides, float o[][4], float* inverse) {
  const struct attention_mma_lane lane = attention_i8_mma_lane();
  const int size = 32 * steps, padded = KV_PADDED(size);
  const int side = persistent_attention_side();
  const int last = max(tile.rows - 1, 0), own = side * KEY_BLOCK;
  // Rows past the last repeat it; a warp without rows takes the tile's first.
  const size_t base = tile.rows > 0 ? tile.row : group.row;
  const size_t at0 = base + min(lane.g, last), at1 = base + min(lane.g + 8, last);
  uint a[8][4];
  float factors[2], m = -INFINITY, l = 0.0f;
  if (own < group.keys)
    attention_i8_mma_fetch(first_block, attention_i8_mma_stage(sides.memory, 0, steps, tiles),
                           padded, size, tiles);
  attention_i8_mma_queries(lane, q + at0 * args.q_stride + head * size,
                           q + at1 * args.q_stride + head * size, size, true, steps, a);
  factors[0] = q_scales[at0 * args.heads + head] * args.scale;
  factors[1] = q_scales[at1 * args.heads + head] * args.scale;
#pragma unroll
  for (int n = 0; n < ATTENTION_COLUMNS; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) o[n][i] = 0.0f;
  int stage = 0;
  for (int first = 0; first < group.keys; first += ATTENTION_SIDES * KEY_BLOCK) {
    const int here = first + own, next = here + ATTENTION_SIDES * KEY_BLOCK;
    const struct attention_i8_mma_block block =
        attention_i8_mma_stage(sides.memory, stage, steps, tiles);
    nvidia_copies_wait();
    persistent_attention_barrier();
    stage = 1 - stage;
    if (next < group.keys)
      attention_i8_mma_fetch(zcl_i8_cache_block(cache, group, next, head, args.heads, size),
                             attention_i8_mma_stage(sides.memory, stage, steps, tiles), padded,
                             size, tiles);
    int sums[ATTENTION_TILES][4];
    struct attention_mma_part part = {0.0f, 0.0f, 0.0f};
#pragma unroll
    for (int n = 0; n < ATTENTION_TILES; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) sums[n][i] = 0;
    if (tile.rows > 0 && here + KEY_BLOCK <= group.keys)
      part = persistent_attention_block(lane, true, 0, a, factors, block, steps, tiles, sums);
    else if (tile.rows > 0 && here < group.keys)
      part = persistent_attention_block(lane, false, group.keys - here, a, factors, block, steps,
                                        tiles, sums);
    persistent_attention_exchange(lane, part, sums, tiles / 2, first + KEY_BLOCK < group.keys,
                                  sides, &m, &l, o);
  }
  attention_mma_share(lane, 1.0f / l, inverse);
}

// The heads' largest magnitudes of the item's two rows; `maxima`: of the warp's rows.
static inline void persistent_attention_meet(const struct attention_mma_lane lane, const int rows,
                                             const int heads, global uint* maxima,
                                             global uint* arrived, uint* largest) {
#pragma unroll
  for (int r = 0; r < 2; ++r)
    if (lane.q == 0 && lane.g + 8 * r < rows)
      atomic_max((volatile global uint*)maxima + lane.g + 8 * r, largest[r]);
  persistent_attention_barrier();
  if (get_local_id(0) % ATTENTION_TEAM_ITEMS == 0) nvidia_meet(arrived, heads);
  persistent_attention_barrier();
#pragma unroll
  for (int r = 0; r < 2; ++r) largest[r] = nvidia_load_shared_word(maxima + lane.g + 8 * r);
}

// Four words of each of four neighbouring items, of columns 8 j + 2 q and 8 j + 2 q + 1: item q
// gets columns 8 q to 8 q + 7 of both rows (upper in x and y, lower in z and w). All lanes
// together.
static inline uint4 persistent_attention_eights(const uint4 words) {
  const uint4 from = nvidia_quad_exchange(words, (int)get_local_id(0) % 4);
  return (uint4)((from.x & 0xffff) | from.y << 16, (from.z & 0xffff) | from.w << 16,
                 from.x >> 16 | (from.y & 0xffff0000u), from.z >> 16 | (from.w & 0xffff0000u));
}

// Codes of the side's columns of both of the item's rows, `first` being the index of the first
// code: words of two of the upper row and two of the lower one. Heads of 32 fill half of them.
static inline __attribute__((always_inline)) void persistent_attention_codes(
    float o[][4], const float* multiplier, const size_t first, const int columns, uint* words) {
  // Else codes of NaN are 0, too.
  const uint kept =
      (multiplier[0] == 0.0f ? 0 : 0xffff) | (multiplier[1] == 0.0f ? 0 : 0xffff0000u);
#pragma unroll
  for (int n = 0; n < ATTENTION_COLUMNS; ++n) {
    words[n] = 0;
    if (n >= columns) continue;
    uint codes[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) codes[i] = ZCL_CODE_BITS(o[n][i], multiplier[i / 2]);
    codes[0] = ZCL_ELEMENT_I(codes[0], first + 8 * n);
    words[n] = nvidia_low_bytes(codes[0], codes[1], codes[2], codes[3]) & kept;
  }
}

static inline struct zcl_tile persistent_attention_tile(
    local const struct step* step, const int place,
    const struct attention_i8_quantize_tokens_args args) {
  const int last = args.units / args.attention.heads - 1;
  return zcl_tile_of(STEP_AT(const struct sequence_tile, 8)[min(place, last)], ATTENTION_MMA_ROWS,
                     STEP_AT(const struct sequence_entry, 6), STEP_AT(const int, 7));
}

// Codes and scales of a unit, whose heads meet first: `tile` is the warp's rows. Reads its own copy
// of the arguments: held through the products before, they would cost registers.
static inline __attribute__((always_inline)) void persistent_attention_leave(
    local const struct step* step, const struct attention_mma_lane lane, const struct zcl_tile tile,
    const int place, const int head, const int halves, const int size, float o[][4],
    const float* inverse) {
  const struct attention_i8_quantize_tokens_args args =
      STEP_STRUCT(attention_i8_quantize_tokens_args);
  const int half_words = MEETING_WORDS(args.meeting_rows), columns = size / 16;
  const int side = persistent_attention_side();
  uint largest[2];
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float most = 0.0f;
#pragma unroll
    for (int n = 0; n < ATTENTION_COLUMNS; ++n)
#pragma unroll
      for (int i = 2 * r; i < 2 * r + 2; ++i) {
        if (n >= columns) continue;
        o[n][i] = o[n][i] * inverse[r];
        most = nvidia_max_magnitude(most, o[n][i]);
      }
    largest[r] = nvidia_quad_max(as_uint(most));
  }
  global uint* const maxima = STEP_AT(uint, 9) + args.meeting_turn * half_words;
  persistent_attention_meet(
      lane, tile.rows, args.attention.heads * halves,
      maxima + place * MEETING_ROWS + persistent_attention_warp() * ATTENTION_ROWS_GPU,
      maxima + args.meeting_rows + place, largest);
  const int first_column = head * size + side * columns * 8;
  const size_t row = tile.row + lane.g;
  float multiplier[2], scale[2];
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    nvidia_quant_scale(largest[r], &multiplier[r], &scale[r]);
    if (lane.g + 8 * r < tile.rows && head == 0 && side == 0 && lane.q == 0)
      STEP_AT(float, 11)[row + 8 * r] = scale[r];
  }
  uint words[ATTENTION_COLUMNS];
  persistent_attention_codes(o, multiplier, row * args.out.stride + first_column + 2 * lane.q,
                             columns, words);
  const uint4 eights = persistent_attention_eights((uint4)(words[0], words[1], words[2], words[3]));
#pragma unroll
  for (int r = 0; r < 2; ++r)
    if (lane.g + 8 * r < tile.rows && lane.q < columns)
      *(global uint2*)(STEP_AT(char, 10) +
                       CODES_INDEX(args.out.layout, row + 8 * r, first_column + 8 * lane.q,
                                   args.out.stride)) = r == 0 ? eights.xy : eights.zw;
}
