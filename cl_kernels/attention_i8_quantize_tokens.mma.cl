// Operator: attention_i8_quantize_tokens (NUMERICS.md 3.26)
// What:     quantize_tokens(attention_i8(q)): the float result never leaves local memory
// Buffers:  those of attention_i8.mma.cl up to tiles; meeting uint (abi/row_meeting.h); codes char
//           [M, stride] in CODES_I8 or CODES_TILES, scales float [M, groups]
// Args:     struct attention_i8_quantize_tokens_args; H * D is a multiple of 128
// Launch:   D = 64 (_d32: 32); local size ATTENTION_CODES_TEAMS * 128, up to a work-group for each
//           compute unit. A team takes units, a head of a tile of rows each, one after another. A
//           scale spans a row, or 128 of its columns: H units, or 128 / D, whose teams wait for
//           each other, so work-groups must be resident together; that a team begins its next unit
//           before it waits hides the wait
// Variants: attention_i8_quantize_tokens.mma_few.cl for few rows on Hopper; the composition
//           attention_i8, quantize_tokens runs everywhere
// Source:   as attention_i8.mma.cl; ZeroQuant, arXiv 2206.01861, 3.2 (token-wise quantization)
#include "abi/attention_i8_quantize_tokens.h"
#include "abi/layouts.h"
#include "common/attention_codes_maxima.h"
#include "common/attention_codes_store.h"
#include "common/attention_codes_unit.h"
#include "common/attention_i8_mma.h"

// What a team keeps in local memory beside its keys and values.
struct attention_codes_local {
  // By turns o of the present unit between blocks of keys, and y of the pending one.
  float4 values[2][ATTENTION_CODES_TILES][ATTENTION_MMA_ITEMS];
  int4 sequence;                    // the next unit's
  uint found[ATTENTION_MMA_ROWS];   // largest magnitudes of its rows
  uint ready[ATTENTION_MMA_TILES];  // the warp knows those of the unit before this one
  struct attention_codes_unit units[ATTENTION_CODES_UNITS];
};

// o of a block more in local memory, zero at `first`. At `last` y = o * inverse in its
// place, and the largest magnitudes of the item's two rows.
static inline __attribute__((always_inline)) void attention_codes_values(
    const struct attention_mma_lane lane, uint e[][4], local const char* values, const int tiles,
    const bool first, const bool last, const float* old, const float* gain, const float* inverse,
    local float4 (*o)[ATTENTION_MMA_ITEMS], uint* largest) {
  const int start[4] = {ROUND_MAGIC_BITS, ROUND_MAGIC_BITS, ROUND_MAGIC_BITS, ROUND_MAGIC_BITS};
  const uint a[2][4] = {{e[0][0], e[1][0], e[0][1], e[1][1]}, {e[0][2], e[1][2], e[0][3], e[1][3]}};
  float most[2] = {0.0f, 0.0f};
  // Four products side by side: stores of o keep later loads behind them.
#pragma unroll
  for (int n = 0; n < ATTENTION_CODES_TILES; n += 4) {
    if (n >= tiles) continue;
    int sums[4][4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const uint4 v = *(local const uint4*)(values + lane.q * ATTENTION_MMA_QUARTER(tiles) +
                                            (8 * (n + i) + lane.g) * 16);
      nvidia_mma_s8(a[0], v.x, v.y, start, sums[i]);
      nvidia_mma_s8(a[1], v.z, v.w, sums[i], sums[i]);
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      local float4* const at = &o[n + i][attention_i8_mma_item()];
      float4 y = (float4)(0.0f);
      if (!first) y = *at;
      y.x = attention_mma_join(y.x, old[0], sums[i][0], gain[0]);
      y.y = attention_mma_join(y.y, old[0], sums[i][1], gain[0]);
      y.z = attention_mma_join(y.z, old[1], sums[i][2], gain[1]);
      y.w = attention_mma_join(y.w, old[1], sums[i][3], gain[1]);
      if (last) {
        y *= (float4)(inverse[0], inverse[0], inverse[1], inverse[1]);
        most[0] = nvidia_max_magnitude(nvidia_max_magnitude(most[0], y.x), y.y);
        most[1] = nvidia_max_magnitude(nvidia_max_magnitude(most[1], y.z), y.w);
      }
      *at = y;
    }
  }
  if (!last) return;
  largest[0] = nvidia_quad_max(as_uint(most[0]));
  largest[1] = nvidia_quad_max(as_uint(most[1]));
}

// The head's part of a cache block.
static inline struct zcl_i8_cache attention_codes_block(struct zcl_i8_cache cache, const int block,
                                                        const int head, const int heads,
                                                        const int size) {
  const long part = (long)block * heads + head;
  cache.keys += part * KV_PADDED_PART(size);
  cache.key_scales += part * KEY_BLOCK;
  cache.values += part * KV_PADDED_PART(size);
  cache.value_scales += part * KEY_BLOCK;
  return cache;
}

// As attention_i8_mma_queries, a word at a time: vectors would be taken apart before each product.
static inline __attribute__((always_inline)) void attention_codes_queries(
    const struct attention_mma_lane lane, global const char* row0, global const char* row1,
    const int steps, uint a[][4]) {
#pragma unroll
  for (int w = 0; w < 4; ++w) {
    if (w >= 2 * steps) continue;
    const int d = 8 * steps * lane.q + 4 * w;
    a[w / 2][w % 2 * 2] = nvidia_load_word(row0 + d);
    a[w / 2][w % 2 * 2 + 1] = nvidia_load_word(row1 + d);
  }
}

// Asks for the queries and the first keys of a unit.
static inline __attribute__((always_inline)) void attention_codes_begin(
    const struct attention_mma_lane lane, const int size,
    local const struct attention_codes_unit* u, global const char* q, global const float* q_scales,
    const struct zcl_i8_cache cache, const struct attention_i8_args a, local char* memory,
    uint queries[][4], float* factors) {
  const struct zcl_tile tile = attention_i8_mma_part(attention_codes_group(u));
  const int head = u->head;
  if (tile.rows > 0) {  // rows past the last repeat it
    const int row = (int)tile.row, last = tile.rows - 1;
    const long at0 = row + min(lane.g, last), at1 = row + min(lane.g + 8, last);
    attention_codes_queries(lane, q + at0 * a.q_stride + head * size,
                            q + at1 * a.q_stride + head * size, size / 32, queries);
    factors[0] = q_scales[at0 * a.heads + head];  // a product here would wait
    factors[1] = q_scales[at1 * a.heads + head];
  }
  attention_i8_mma_fetch(attention_codes_block(cache, u->first, head, a.heads, size),
                         attention_i8_mma_stage(memory, 0, size / 32, size / 8), size, size,
                         size / 8);
}

// `causal`, 0 or 1, chooses `yes` or `no`. By its bits: a condition is a predicate that lives as
// long as the kernel, and those that have no place among seven were spilled.
static inline int attention_codes_choose(const int causal, const int yes, const int no) {
  return no + ((yes - no) & -causal);
}

// Weights of a block's keys as codes e, from its scores; `values` where all keys are seen. m, l,
// old and gain as attention_mma_advance has them. `least`: keys that the warp's first row sees.
static inline __attribute__((always_inline)) void attention_codes_weights(
    const struct attention_mma_lane lane, const int first, const int least, const int rows,
    const int causal, const float* factors, const struct attention_i8_mma_block block,
    const struct attention_mma_values values, float x[][4], uint e[][4], float* m, float* l,
    float* old, float* gain) {
  int seen[2] = {least - first + attention_codes_choose(causal, min(lane.g, rows - 1), 0),
                 least - first + attention_codes_choose(causal, min(lane.g + 8, rows - 1), 0)};
  struct attention_mma_part part;
  if (first + KEY_BLOCK <= least)
    part = attention_mma_block(lane, true, true, seen, factors, block.value_scales, values, x, e);
  else
    part = attention_mma_block(lane, false, false, seen, factors, block.value_scales, values, x, e);
  attention_mma_advance(lane, part, m, l, old, gain);
}

// A team. `size`: D, 64 or 32.
static inline __attribute__((always_inline)) void attention_i8_quantize_tokens_mma_run(
    const int size, local uint4* stages, local struct attention_codes_local* mine,
    global const char* q, global const float* q_scales, const struct zcl_i8_cache cache,
    const struct attention_codes_tables arrays, global uint* meeting, global char* codes,
    global float* scales, const struct attention_i8_quantize_tokens_args args) {
  const struct attention_i8_args a = args.attention;
  const int words = MEETING_WORDS(args.meeting_rows), steps = size / 32, columns = size / 8;
  const int sharing = args.sharing;
  local char* const memory = (local char*)stages;
  global uint* const maxima = meeting + args.meeting_turn * words;
  struct attention_codes_tables tables = arrays;
  tables.tickets = maxima + words - 1;
  attention_codes_clear(meeting + (1 - args.meeting_turn) * words, words);
  const struct attention_mma_lane lane = attention_i8_mma_lane();
  const int item = attention_i8_mma_item(), warp = item / NVIDIA_WARP;
  if (attention_codes_team() >= args.teams) return;
  if (item < ATTENTION_MMA_TILES) mine->ready[item] = 0;
  struct attention_codes_scout scout;
  if (item == 0) {
    scout.unit = attention_codes_team();
    attention_codes_scout_all(&scout, tables, args, &mine->sequence, mine->units);
    attention_codes_scout_tell(&scout, mine->units);
  }
  attention_i8_mma_barrier();
  uint queries[2][4];
  float factors[2];
  local struct attention_codes_unit *before = mine->units + 2, *now = mine->units,
                                    *after = mine->units + 1;
  attention_codes_begin(lane, size, now, q, q_scales, cache, a, memory, queries, factors);
  uint turn = 0;
  for (; now->head >= 0; ++turn) {
    const bool pending = turn != 0;
    const struct zcl_tile group = attention_codes_group(now), tile = attention_i8_mma_part(group);
    const int end = attention_codes_choose(a.causal, group.position + group.rows, group.keys);
    const int least = attention_codes_choose(a.causal, tile.position + 1, tile.keys);
    const int most =
        tile.rows <= 0 ? 0 : attention_codes_choose(a.causal, tile.position + tile.rows, tile.keys);
    factors[0] *= a.scale;
    factors[1] *= a.scale;
    int ahead = now->second, stage = 0;
    bool go = !pending;
    local float4(*const o)[ATTENTION_MMA_ITEMS] = mine->values[turn % 2];
    float m = -INFINITY, l = 0.0f;
    uint largest[2] = {0, 0};  // of a warp without rows
    for (int first = 0;; first += KEY_BLOCK) {
      const int next = first + KEY_BLOCK;
      const bool final = next >= end;
      const struct attention_i8_mma_block block =
          attention_i8_mma_stage(memory, stage, steps, columns);
      if (final && pending &&
          attention_codes_glance(attention_codes_slots(before, sharing, maxima), sharing,
                                 mine->found) &&
          lane.g + lane.q == 0)
        mine->ready[warp] = turn;
      nvidia_copies_wait();
      attention_i8_mma_barrier();
      stage = 1 - stage;
      if (!final) {
        attention_i8_mma_fetch(attention_codes_block(cache, ahead, now->head, a.heads, size),
                               attention_i8_mma_stage(memory, stage, steps, columns), size, size,
                               columns);
        if (next + KEY_BLOCK < end) ahead = tables.block_table[now->blocks + next / KEY_BLOCK + 1];
      } else if (pending) {
        const uint4 ready = *(local const uint4*)mine->ready;
        go = ready.x == turn && ready.y == turn && ready.z == turn && ready.w == turn;
      }
      const bool scouting = final && go && item == 0;
      if (scouting) attention_codes_scout_unit(&scout, tables, args.teams);
      float x[ATTENTION_MMA_GROUPS][4], old[2], gain[2];
      uint e[2][4];
      struct attention_mma_values of_values = {0, 0.0f};
      if (first + KEY_BLOCK <= least)
        of_values = attention_mma_values_of(lane, KEY_BLOCK, block.value_scales);
      if (first < most) attention_i8_mma_scores(lane, queries, block, steps, x);
      if (scouting) attention_codes_scout_tile(&scout, tables, args, after);
      if (first < most)
        attention_codes_weights(lane, first, least, tile.rows, a.causal, factors, block, of_values,
                                x, e, &m, &l, old, gain);
      if (scouting) attention_codes_scout_sequence(&scout, tables, &mine->sequence);
      if (first < most && final) {
        float inverse[2];
        attention_mma_share(lane, 1.0f / l, inverse);
        attention_codes_values(lane, e, block.values, columns, first == 0, true, old, gain, inverse,
                               o, largest);
      } else if (first < most) {
        attention_codes_values(lane, e, block.values, columns, first == 0, false, old, gain, gain,
                               o, largest);
      }
      if (scouting) attention_codes_scout_blocks(&scout, tables, &mine->sequence, after);
      if (final) break;
    }
    attention_codes_say(lane, now->member, attention_codes_slots(now, args.sharing, maxima),
                        largest);
    if (!go) {
      attention_codes_await(attention_codes_slots(before, args.sharing, maxima), sharing,
                            mine->found);
      attention_i8_mma_barrier();  // none of them waits any more
      if (item == 0) {
        attention_codes_scout_unit(&scout, tables, args.teams);
        attention_codes_scout_all(&scout, tables, args, &mine->sequence, after);
      }
    }
    if (item == 0) attention_codes_scout_tell(&scout, after);
    attention_i8_mma_barrier();
    if (after->head >= 0)
      attention_codes_begin(lane, size, after, q, q_scales, cache, a, memory, queries, factors);
    if (pending)
      attention_codes_finish(lane, size, before, mine->found, mine->values[1 - turn % 2], codes,
                             scales, args);
    local struct attention_codes_unit* const done = before;
    before = now, now = after, after = done;
  }
  attention_codes_await(attention_codes_slots(before, args.sharing, maxima), sharing, mine->found);
  attention_codes_finish(lane, size, before, mine->found, mine->values[1 - turn % 2], codes, scales,
                         args);
}

// One kernel a head size: registers must be constants of it.
kernel __attribute__((reqd_work_group_size(ATTENTION_CODES_TEAMS * ATTENTION_MMA_ITEMS, 1, 1))) void
attention_i8_quantize_tokens_mma(
    global const char* restrict q, global const float* restrict q_scales,
    global const char* restrict keys, global const float* restrict key_scales,
    global const char* restrict values, global const float* restrict value_scales,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const struct sequence_tile* restrict tiles, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct attention_i8_quantize_tokens_args args) {
  local uint4 memory[ATTENTION_CODES_TEAMS][ATTENTION_I8_MMA_MEMORY];
  local struct attention_codes_local mine[ATTENTION_CODES_TEAMS];
  const int team = (int)((uint)get_local_id(0) / ATTENTION_MMA_ITEMS);
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  const struct attention_codes_tables tables = {0, sequences, block_table, tiles};
  attention_i8_quantize_tokens_mma_run(64, memory[team], mine + team, q, q_scales, cache, tables,
                                       meeting, codes, scales, args);
}

kernel __attribute__((reqd_work_group_size(ATTENTION_CODES_TEAMS * ATTENTION_MMA_ITEMS, 1, 1))) void
attention_i8_quantize_tokens_mma_d32(
    global const char* restrict q, global const float* restrict q_scales,
    global const char* restrict keys, global const float* restrict key_scales,
    global const char* restrict values, global const float* restrict value_scales,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const struct sequence_tile* restrict tiles, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct attention_i8_quantize_tokens_args args) {
  local uint4 memory[ATTENTION_CODES_TEAMS][ATTENTION_I8_MMA_MEMORY];
  local struct attention_codes_local mine[ATTENTION_CODES_TEAMS];
  const int team = (int)((uint)get_local_id(0) / ATTENTION_MMA_ITEMS);
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  const struct attention_codes_tables tables = {0, sequences, block_table, tiles};
  attention_i8_quantize_tokens_mma_run(32, memory[team], mine + team, q, q_scales, cache, tables,
                                       meeting, codes, scales, args);
}
