// Attention over the INT8 cache on NVIDIA's tensor cores, up to its outputs in registers: what
// attention_i8.mma.cl stores and attention_i8_quantize_tokens.mma.cl makes codes of.
#pragma once

#include "abi/attention_i8.h"
#include "common/attention_mma.h"
#include "common/attention_tile.h"
#include "common/nvidia_mma.h"

#define ATTENTION_MMA_WIDE_TILES \
  (ATTENTION_MMA_WIDE_COLUMNS / 8)  // products of eight columns at most
#define ATTENTION_MMA_ITEMS (ATTENTION_MMA_TILES * NVIDIA_WARP)

// A block in local memory: pieces of 16 codes of all keys, quarters of 16 codes of all columns, and
// scales. Eight lanes that read together, two g and four q, reach all banks: hence the 32 bytes
// between pieces and quarters. Bytes:
#define ATTENTION_MMA_PIECE (KEY_BLOCK * 16 + 32)
#define ATTENTION_MMA_QUARTER(tiles) ((tiles)*8 * 16 + 32)
#define ATTENTION_MMA_KEYS(steps) (2 * (steps)*ATTENTION_MMA_PIECE)
#define ATTENTION_MMA_STAGE(steps, tiles) \
  (ATTENTION_MMA_KEYS(steps) + 4 * ATTENTION_MMA_QUARTER(tiles) + 2 * KEY_BLOCK * 4)
struct attention_i8_mma_block {
  local char* keys;
  local char* values;
  local float* key_scales;
  local float* value_scales;
};

// An item of a tile: work-groups hold one tile, those of persistent.wgmma.cl two.
static inline int attention_i8_mma_item() {
  return (int)((uint)get_local_id(0) % ATTENTION_MMA_ITEMS);
}
static inline void attention_i8_mma_barrier() {
  nvidia_barrier(1 + (int)((uint)get_local_id(0) / ATTENTION_MMA_ITEMS), ATTENTION_MMA_ITEMS);
}

// `words` times four codes of a query from d on, zeros past D. `exact`: all are there, aligned.
static inline __attribute__((always_inline)) void attention_i8_mma_query(
    global const char* row, const int d, const int size, const bool exact, const int words,
    uint* out) {
  if (exact && words == 4) {
    const uint4 codes = *(global const uint4*)(row + d);
    out[0] = codes.x, out[1] = codes.y, out[2] = codes.z, out[3] = codes.w;
  } else if (exact) {
    const uint2 codes = *(global const uint2*)(row + d);
    out[0] = codes.x, out[1] = codes.y;
  } else {
#pragma unroll
    for (int w = 0; w < words; ++w) {
      out[w] = 0;
#pragma unroll
      for (int i = 0; i < 4; ++i)
        if (d + 4 * w + i < size) out[w] |= (uint)(uchar)row[d + 4 * w + i] << (8 * i);
    }
  }
}

// Queries as factors a [steps][4]. The order of k is free in a sum of integers: with two steps a
// lane takes the 16 codes of a key that lie together, q being their piece, with one step eight.
static inline __attribute__((always_inline)) void attention_i8_mma_queries(
    const struct attention_mma_lane lane, global const char* row0, global const char* row1,
    const int size, const bool exact, const int steps, uint a[][4]) {
  const int words = steps == 1 ? 2 : 4;
#pragma unroll
  for (int s = 0; s < steps; s += 2) {
    uint first[4], second[4];
    const int d = 32 * s + 4 * words * lane.q;
    attention_i8_mma_query(row0, d, size, exact, words, first);
    attention_i8_mma_query(row1, d, size, exact, words, second);
#pragma unroll
    for (int w = 0; w < words; w += 2) {
      a[s + w / 2][0] = first[w];
      a[s + w / 2][1] = second[w];
      a[s + w / 2][2] = first[w + 1];
      a[s + w / 2][3] = second[w + 1];
    }
  }
}

// t of the block's keys: a score but for the query's factor.
static inline __attribute__((always_inline)) void attention_i8_mma_scores(
    const struct attention_mma_lane lane, uint a[][4], const struct attention_i8_mma_block block,
    const int steps, float x[][4]) {
  const int start[4] = {ROUND_MAGIC_BITS, ROUND_MAGIC_BITS, ROUND_MAGIC_BITS, ROUND_MAGIC_BITS};
#pragma unroll
  for (int j = 0; j < ATTENTION_MMA_GROUPS; ++j) {
    int sum[4];
#pragma unroll
    for (int s = 0; s < steps; s += 2) {
      // What stands in a piece past the last meets queries of zero.
      const int piece = steps == 1 ? lane.q / 2 : 2 * s + lane.q;
      local const char* at = block.keys + piece * ATTENTION_MMA_PIECE + (8 * j + lane.g) * 16;
      if (steps == 1) {
        const uint2 k = *(local const uint2*)(at + lane.q % 2 * 8);
        nvidia_mma_s8(a[0], k.x, k.y, start, sum);
      } else {
        const uint4 k = *(local const uint4*)at;
        nvidia_mma_s8(a[s], k.x, k.y, s == 0 ? start : sum, sum);
        nvidia_mma_s8(a[s + 1], k.z, k.w, sum, sum);
      }
    }
    const float2 scale = *(local const float2*)(block.key_scales + 8 * j + 2 * lane.q);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const float of_key = i % 2 ? scale.y : scale.x;
      x[j][i] = fma(as_float(sum[i]), of_key, -(ROUND_MAGIC * of_key));
    }
  }
}

// o of `columns` columns, at most 8 * tiles.
static inline __attribute__((always_inline)) void attention_i8_mma_values(
    const struct attention_mma_lane lane, uint e[][4], local const char* values, const int columns,
    const bool exact, const int tiles, const float* old, const float* gain, float o[][4]) {
  const int start[4] = {ROUND_MAGIC_BITS, ROUND_MAGIC_BITS, ROUND_MAGIC_BITS, ROUND_MAGIC_BITS};
  const uint a[2][4] = {{e[0][0], e[1][0], e[0][1], e[1][1]}, {e[0][2], e[1][2], e[0][3], e[1][3]}};
#pragma unroll
  for (int n = 0; n < ATTENTION_MMA_WIDE_TILES; ++n) {
    if (n >= tiles || (!exact && 8 * n >= columns)) continue;
    const uint4 v = *(local const uint4*)(values + lane.q * ATTENTION_MMA_QUARTER(tiles) +
                                          (8 * n + lane.g) * 16);
    int sum[4];
    nvidia_mma_s8(a[0], v.x, v.y, start, sum);
    nvidia_mma_s8(a[1], v.z, v.w, sum, sum);
#pragma unroll
    for (int i = 0; i < 4; ++i)
      o[n][i] = attention_mma_join(o[n][i], old[i / 2], sum[i], gain[i / 2]);
  }
}

// Asks for what the work-group needs of a block: all keys, `columns` columns of values, scales.
static inline __attribute__((always_inline)) void attention_i8_mma_fetch(
    const struct zcl_i8_cache from, const struct attention_i8_mma_block to, const int padded,
    const int columns, const int tiles) {
  const int item = attention_i8_mma_item(), key_pieces = padded / 16 * KEY_BLOCK;
#pragma unroll
  for (int n = 0; n < (key_pieces + ATTENTION_MMA_ITEMS - 1) / ATTENTION_MMA_ITEMS; ++n) {
    const int i = n * ATTENTION_MMA_ITEMS + item;
    if (key_pieces % ATTENTION_MMA_ITEMS == 0 || i < key_pieces)
      nvidia_copy16(to.keys + i / KEY_BLOCK * ATTENTION_MMA_PIECE + i % KEY_BLOCK * 16,
                    from.keys + i * 16);
  }
#pragma unroll
  for (int n = 0; n < (4 * columns + ATTENTION_MMA_ITEMS - 1) / ATTENTION_MMA_ITEMS; ++n) {
    const int i = n * ATTENTION_MMA_ITEMS + item, q = i / columns, d = i % columns;
    if (4 * columns % ATTENTION_MMA_ITEMS == 0 || i < 4 * columns)
      nvidia_copy16(to.values + q * ATTENTION_MMA_QUARTER(tiles) + d * 16,
                    from.values + (q * padded + d) * 16);
  }
  const int quad = item % (KEY_BLOCK / 4) * 4;
  if (item < KEY_BLOCK / 4)
    nvidia_copy16(to.key_scales + quad, from.key_scales + quad);
  else if (item < KEY_BLOCK / 2)
    nvidia_copy16(to.value_scales + quad, from.value_scales + quad);
}

// The parts of stage `index`, for products of `steps` and `tiles`.
static inline __attribute__((always_inline)) struct attention_i8_mma_block attention_i8_mma_stage(
    local char* memory, const int index, const int steps, const int tiles) {
  local char* at = memory + index * ATTENTION_MMA_STAGE(steps, tiles);
  const struct attention_i8_mma_block block = {
      at,
      at + ATTENTION_MMA_KEYS(steps),
      (local float*)(at + ATTENTION_MMA_KEYS(steps) + 4 * ATTENTION_MMA_QUARTER(tiles)),
      (local float*)(at + ATTENTION_MMA_KEYS(steps) + 4 * ATTENTION_MMA_QUARTER(tiles)) + KEY_BLOCK,
  };
  return block;
}

// Warp `warp`'s tile of the work-group's rows; it may have none.
static inline struct zcl_tile attention_i8_mma_part_of(const struct zcl_tile group,
                                                       const int warp) {
  const int begin =
      group.position / ATTENTION_MMA_ROWS * ATTENTION_MMA_ROWS + warp * ATTENTION_ROWS_GPU;
  const int first = max(begin, group.position);
  const int end = min(begin + ATTENTION_ROWS_GPU, group.position + group.rows);
  struct zcl_tile tile = group;
  tile.position = first;
  tile.rows = end - first;
  tile.row = group.row + (first - group.position);
  return tile;
}
static inline struct zcl_tile attention_i8_mma_part(const struct zcl_tile group) {
  return attention_i8_mma_part_of(group, attention_i8_mma_item() / NVIDIA_WARP);
}

// The lane of an item.
static inline struct attention_mma_lane attention_i8_mma_lane() {
  const int item = (int)((uint)get_local_id(0) % NVIDIA_WARP);
  const struct attention_mma_lane lane = {item / 4, item % 4, item % 2 != 0};
  return lane;
}

// A work-group's rows and head: o and 1 / l of the warp's tile (attention_i8_mma_part), whose
// product is y. steps: products of 32 codes of a key, 1, 2, 4 or 8; tiles: products of 8 columns.
// exact: D is 32 * steps and a multiple of 8 * tiles, and rows are aligned; then no lane has to
// look where a row ends. Local memory holds `stages` blocks. A warp without rows gets o = l = 0.
static inline __attribute__((always_inline)) void attention_i8_mma_rows(
    global const char* q, global const float* q_scales, struct zcl_i8_cache cache,
    const struct zcl_tile group, const int head, const int first_column, const bool exact,
    const int steps, const int tiles, const int stages, const struct attention_i8_args args,
    local char* memory, float o[][4], float* inverse) {
  const struct attention_mma_lane lane = attention_i8_mma_lane();
  const int size = exact ? 32 * steps : args.head_size, padded = KV_PADDED(size);
  const int columns = exact ? 8 * tiles : min(8 * tiles, padded - first_column);
  const int end = args.causal ? group.position + group.rows : group.keys;
  cache.values += first_column * 16;
  const struct zcl_tile tile = attention_i8_mma_part(group);
  const int least = args.causal ? tile.position + 1 : tile.keys;
  const int most = tile.rows <= 0 ? 0 : args.causal ? tile.position + tile.rows : tile.keys;
  uint a[8][4];
  float factors[2], m = -INFINITY, l = 0.0f;
  // Rows past the last repeat it.
  const int last = max(tile.rows - 1, 0), row0 = min(lane.g, last), row1 = min(lane.g + 8, last);
  if (most > 0) {
    const size_t at0 = tile.row + row0, at1 = tile.row + row1;
    attention_i8_mma_queries(lane, q + at0 * args.q_stride + head * size,
                             q + at1 * args.q_stride + head * size, size, exact, steps, a);
    factors[0] = q_scales[at0 * args.heads + head] * args.scale;
    factors[1] = q_scales[at1 * args.heads + head] * args.scale;
  }
  // After the queries, which need not wait for the block table.
  attention_i8_mma_fetch(zcl_i8_cache_block(cache, group, 0, head, args.heads, size),
                         attention_i8_mma_stage(memory, 0, steps, tiles), padded, columns, tiles);
#pragma unroll
  for (int n = 0; n < ATTENTION_MMA_WIDE_TILES; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) o[n][i] = 0.0f;
  int stage = 0;
  for (int first = 0; first < end; first += KEY_BLOCK) {
    const int next = first + KEY_BLOCK;
    const struct attention_i8_mma_block block = attention_i8_mma_stage(memory, stage, steps, tiles);
    nvidia_copies_wait();
    attention_i8_mma_barrier();
    stage = stages == 2 ? 1 - stage : 0;
    if (stages == 2 && next < end)
      attention_i8_mma_fetch(zcl_i8_cache_block(cache, group, next, head, args.heads, size),
                             attention_i8_mma_stage(memory, stage, steps, tiles), padded, columns,
                             tiles);
    if (first < most) {
      int seen[2] = {least - first + (args.causal ? row0 : 0),
                     least - first + (args.causal ? row1 : 0)};
      float x[ATTENTION_MMA_GROUPS][4], old[2], gain[2];
      uint e[2][4];
      struct attention_mma_values of_values = {0, 0.0f};
      struct attention_mma_part part;
      if (exact && next <= least) {
        of_values = attention_mma_values_of(lane, KEY_BLOCK, block.value_scales);
        attention_i8_mma_scores(lane, a, block, steps, x);
        part = attention_mma_block(lane, true, true, seen, factors, block.value_scales, of_values,
                                   x, e);
      } else {
        attention_i8_mma_scores(lane, a, block, steps, x);
        part = attention_mma_block(lane, false, false, seen, factors, block.value_scales, of_values,
                                   x, e);
      }
      attention_mma_advance(lane, part, &m, &l, old, gain);
      attention_i8_mma_values(lane, e, block.values, columns, exact, tiles, old, gain, o);
    }
    if (stages == 2 || next >= end) continue;
    attention_i8_mma_barrier();
    attention_i8_mma_fetch(zcl_i8_cache_block(cache, group, next, head, args.heads, size),
                           attention_i8_mma_stage(memory, 0, steps, tiles), padded, columns, tiles);
  }
  attention_mma_share(lane, 1.0f / l, inverse);
}

// The entry of the table that unit `unit` of `units` takes, the last first: causal ones are the
// longest, and long work should start early.
static inline int attention_i8_mma_index(const int unit, const int units,
                                         const struct attention_i8_args args) {
  return (units - 1 - unit) / args.heads;
}

// Local memory of heads up to ATTENTION_MMA_SIZE, in uint4.
enum { ATTENTION_I8_MMA_MEMORY = 2 * ATTENTION_MMA_STAGE(2, 8) / 16 };
