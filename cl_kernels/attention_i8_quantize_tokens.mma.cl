// Operator: attention_i8_quantize_tokens (NUMERICS.md 3.26)
// What:     quantize_tokens(attention_i8(q)): the float result never leaves the registers
// Buffers:  those of attention_i8.mma.cl up to tiles; meeting uint (abi/row_meeting.h); codes char
//           [M, stride] in CODES_I8 or CODES_TILES, scales float [M, groups]
// Args:     struct attention_i8_quantize_tokens_args; H * D is a multiple of 128
// Launch:   as attention_i8.mma.cl, D = 64 (_d32: 32). A scale spans a row, or 128 of its columns:
//           the work of H work-groups, or of 128 / D. They wait for each other, so they must be
//           resident together
// Variants: the composition attention_i8, quantize_tokens runs everywhere
// Source:   as attention_i8.mma.cl; ZeroQuant, arXiv 2206.01861, 3.2 (token-wise quantization)
#include "abi/attention_i8_quantize_tokens.h"
#include "abi/layouts.h"
#include "common/attention_i8_mma.h"
#include "common/elementary.h"
#include "common/nvidia_meet.h"

#define ATTENTION_CODES_UNITS 3  // that a work-group knows of: the pending, the present, the next
#define ATTENTION_CODES_TILES (ATTENTION_MMA_SIZE / 8)  // products of eight columns
#define ATTENTION_CODES_HEADS 16  // whose maxima are asked for at once, two of a lane's row each
#define ATTENTION_CODES_THERE 0x80000000u  // set in a maximum that is there

// One head of a tile of rows.
struct attention_codes_unit {
  int position, rows, keys, row;  // of the tile
  int blocks, first, second;  // its entry in the block table, the cache blocks of its first keys
  int head;                   // < 0: there is no more work
  int group, member;          // its heads' scale, its number among them
  int slots;                  // where their maxima stand
};

// What the first item learns of the next unit, a step of loads at a time.
struct attention_codes_scout {
  int unit, row, first, second;
};

struct attention_codes_tables {
  global uint* tickets;
  global const struct sequence_entry* sequences;
  global const int* block_table;
  global const struct sequence_tile* tiles;
};

// What a work-group keeps in local memory beside its keys and values.
struct attention_codes_local {
  // By turns o of the present unit between blocks of keys, and y of the pending one.
  float4 values[2][ATTENTION_CODES_TILES][ATTENTION_MMA_ITEMS];
  int4 sequence;                    // the next unit's
  uint found[ATTENTION_MMA_ROWS];   // largest magnitudes of its rows
  uint ready[ATTENTION_MMA_TILES];  // the warp knows those of the unit before this one
  struct attention_codes_unit units[ATTENTION_CODES_UNITS];
};

// A number for each unit of work in the order in which work-groups take them. Work goes by it,
// heads innermost, so that waits end: a work-group that waits has said the maxima of all units that
// it has taken. Let t be the first tile of rows in that order whose heads have not all come. While
// a head of t is not taken, no later tile is, those that wait do so for t, being fewer than H, and
// a device that holds H work-groups has one more, which takes the next head. When all are taken,
// those that have not come do not wait. Where a few heads share a scale, these stand for the tile.
static inline void attention_codes_scout_unit(struct attention_codes_scout* scout,
                                              const struct attention_codes_tables tables) {
  scout->unit = (int)nvidia_next(tables.tickets);
}
static inline void attention_codes_scout_tile(struct attention_codes_scout* scout,
                                              const struct attention_codes_tables tables,
                                              const struct attention_i8_quantize_tokens_args args,
                                              local struct attention_codes_unit* unit) {
  const int place = attention_i8_mma_index(scout->unit, args.units, args.attention);
  const struct sequence_tile tile = tables.tiles[max(place, 0)];
  const int head = scout->unit % args.attention.heads, group = head / args.sharing;
  unit->head = scout->unit < args.units ? head : -1;
  unit->group = group;
  unit->member = head - group * args.sharing;
  unit->slots = (place * args.out.groups + group) * args.sharing * ATTENTION_MMA_ROWS;
  scout->unit = tile.sequence, scout->row = tile.row;
}
static inline void attention_codes_scout_sequence(const struct attention_codes_scout* scout,
                                                  const struct attention_codes_tables tables,
                                                  local int4* sequence) {
  nvidia_copy16(sequence, tables.sequences + scout->unit);
}
static inline void attention_codes_scout_blocks(struct attention_codes_scout* scout,
                                                const struct attention_codes_tables tables,
                                                local const int4* copied,
                                                local struct attention_codes_unit* unit) {
  nvidia_copies_wait();
  const int4 words = *(volatile local const int4*)copied;
  const struct sequence_entry sequence = {words.x, words.y, words.z, words.w};
  const int position = sequence.position + scout->row, keys = sequence.position + sequence.length;
  scout->first = tables.block_table[sequence.blocks];
  scout->second = tables.block_table[sequence.blocks + (keys > KEY_BLOCK ? 1 : 0)];
  unit->position = position;
  unit->rows =
      min(ATTENTION_MMA_ROWS - position % ATTENTION_MMA_ROWS, sequence.length - scout->row);
  unit->keys = keys;
  unit->row = sequence.row + scout->row;
  unit->blocks = sequence.blocks;
}
static inline void attention_codes_scout_tell(const struct attention_codes_scout* scout,
                                              local struct attention_codes_unit* unit) {
  unit->first = scout->first;
  unit->second = scout->second;
}
static inline void attention_codes_scout_all(struct attention_codes_scout* scout,
                                             const struct attention_codes_tables tables,
                                             const struct attention_i8_quantize_tokens_args args,
                                             local int4* sequence,
                                             local struct attention_codes_unit* unit) {
  attention_codes_scout_unit(scout, tables);
  attention_codes_scout_tile(scout, tables, args, unit);
  attention_codes_scout_sequence(scout, tables, sequence);
  attention_codes_scout_blocks(scout, tables, sequence, unit);
}

static inline struct zcl_tile attention_codes_group(local const struct attention_codes_unit* unit) {
  const struct zcl_tile out = {unit->position, unit->rows, unit->keys, (size_t)unit->row, 0};
  return out;
}

// Where the maxima of the warp's rows stand, 16 of each head that shares their scale.
static inline global uint* attention_codes_slots(local const struct attention_codes_unit* unit,
                                                 const int sharing, global uint* maxima) {
  return maxima + unit->slots +
         attention_i8_mma_item() / NVIDIA_WARP * sharing * ATTENTION_ROWS_GPU;
}

// Clears the half of the meeting's memory that the next launch uses.
static inline void attention_codes_clear(global uint* next, const int words) {
  const int of_group = ATTENTION_CODES_TEAMS * ATTENTION_MMA_ITEMS;
  const int items = of_group * (int)get_num_groups(0);
  for (int i = of_group * (int)get_group_id(0) + (int)get_local_id(0); i < words; i += items)
    next[i] = 0;
}

// Asks for the maxima of heads from `first` on, an even number; a lane gets those of row lane % 16.
static inline __attribute__((always_inline)) void attention_codes_ask(global const uint* slots,
                                                                      const int first,
                                                                      const int sharing,
                                                                      uint* words) {
  const int of_warp = (int)((uint)get_local_id(0) % NVIDIA_WARP);
#pragma unroll
  for (int i = 0; i < ATTENTION_CODES_HEADS / 2; ++i) {
    words[i] = ATTENTION_CODES_THERE;
    if (first + 2 * i < sharing)
      words[i] = nvidia_load_shared_word(slots + (first + 2 * i) * ATTENTION_ROWS_GPU + of_warp);
  }
}
// Whether all of them were there; the largest so far of the lane's row. All lanes together.
static inline __attribute__((always_inline)) bool attention_codes_look(const uint* words,
                                                                       uint* largest) {
  uint all = ATTENTION_CODES_THERE, most = *largest;
#pragma unroll
  for (int i = 0; i < ATTENTION_CODES_HEADS / 2; ++i) {
    all &= words[i];
    most = max(most, words[i]);
  }
  *largest = most;
  return nvidia_warp_max(~all >> 31) == 0;
}
// Keeps the largest magnitudes of the warp's rows.
static inline void attention_codes_found(const uint largest, local uint* found) {
  const int item = attention_i8_mma_item(), lane = item % NVIDIA_WARP;
  const uint most = max(largest, nvidia_shuffle_xor_bits(largest, 16));
  if (lane < 16)
    found[item / NVIDIA_WARP * ATTENTION_ROWS_GPU + lane] = most & ~ATTENTION_CODES_THERE;
  nvidia_warp_barrier();
}
// Waits for all.
static inline void attention_codes_await(global const uint* slots, const int sharing,
                                         local uint* found) {
  uint largest = 0;
  for (int first = 0; first < sharing; first += ATTENTION_CODES_HEADS) {
    uint words[ATTENTION_CODES_HEADS / 2], polls = 0;
    attention_codes_ask(slots, first, sharing, words);
    while (!attention_codes_look(words, &largest)) {
      nvidia_poll(&polls);
      attention_codes_ask(slots, first, sharing, words);
    }
  }
  attention_codes_found(largest, found);
}

// o = fma(o, old, O * gain) in local memory, zero at `first`. At `last` y = o * inverse in its
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
      y.x = fma(y.x, old[0], attention_mma_float(sums[i][0]) * gain[0]);
      y.y = fma(y.y, old[0], attention_mma_float(sums[i][1]) * gain[0]);
      y.z = fma(y.z, old[1], attention_mma_float(sums[i][2]) * gain[1]);
      y.w = fma(y.w, old[1], attention_mma_float(sums[i][3]) * gain[1]);
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

// Four words of each of four neighbouring items: item q gets word q of each. Vectors, since of
// array elements compilers choose addresses, which puts the array into memory.
static inline uint4 attention_i8_quantize_tokens_mma_transpose(const int q, const uint4 words) {
  const bool odd = q % 2 != 0, high = q / 2 != 0;
  const uint near = nvidia_shuffle_xor_bits(odd ? words.x : words.y, 1);
  const uint far = nvidia_shuffle_xor_bits(odd ? words.z : words.w, 1);
  const uint4 half_way =
      odd ? (uint4)(near, words.y, far, words.w) : (uint4)(words.x, near, words.z, far);
  const uint even_items = nvidia_shuffle_xor_bits(high ? half_way.x : half_way.z, 2);
  const uint odd_items = nvidia_shuffle_xor_bits(high ? half_way.y : half_way.w, 2);
  return high ? (uint4)(even_items, odd_items, half_way.z, half_way.w)
              : (uint4)(half_way.x, half_way.y, even_items, odd_items);
}

// Codes of row `r` of the item's two, its columns 2q and 2q + 1 of each eight: a word for each 16.
static inline __attribute__((always_inline)) void attention_i8_quantize_tokens_mma_codes(
    const struct attention_mma_lane lane, float o[][4], const int r, const int tiles,
    const float multiplier, const size_t at, uint* words) {
  const uint kept = multiplier == 0.0f ? 0 : 0xffffffff;  // else codes of NaN are 0, too
#pragma unroll
  for (int p = 0; p < tiles / 2; ++p) {
    uint codes[4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      codes[i] = ZCL_ELEMENT_I(ZCL_RINT_BITS(o[2 * p + i / 2][2 * r + i % 2] * multiplier),
                               at + 16 * p + 8 * (i / 2) + 2 * lane.q + i % 2);
    words[p] = nvidia_low_bytes(codes[0], codes[1], codes[2], codes[3]) & kept;
  }
}

// Stores 16 codes of a row from column k on: words of four items, each two of the first eight
// columns and two of the others.
static inline void attention_i8_quantize_tokens_mma_store(const uint4 words, const size_t row,
                                                          const int k, global char* codes,
                                                          const struct quantize_output out) {
  uint first, second, third, fourth;
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(first) : "r"(words.x), "r"(words.y));
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(second) : "r"(words.z), "r"(words.w));
  asm("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(third) : "r"(words.x), "r"(words.y));
  asm("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(fourth) : "r"(words.z), "r"(words.w));
  *(global uint4*)(codes + CODES_INDEX(out.layout, row, k, out.stride)) =
      (uint4)(first, second, third, fourth);
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

// Says the largest magnitudes of the warp's rows.
static inline void attention_codes_say(const struct attention_mma_lane lane, const int head,
                                       global uint* slots, const uint* largest) {
#pragma unroll
  for (int r = 0; r < 2; ++r)
    if (lane.q == 0)
      nvidia_store_shared_word(slots + head * ATTENTION_ROWS_GPU + lane.g + 8 * r,
                               largest[r] | ATTENTION_CODES_THERE);
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

// Codes of the pending unit, whose maxima are found.
static inline __attribute__((always_inline)) void attention_codes_finish(
    const struct attention_mma_lane lane, const int size,
    local const struct attention_codes_unit* u, local const struct attention_codes_local* mine,
    local const float4 (*values)[ATTENTION_MMA_ITEMS], global char* codes, global float* scales,
    const struct attention_i8_quantize_tokens_args args) {
  const int columns = size / 8, item = attention_i8_mma_item(), warp = item / NVIDIA_WARP;
  const struct zcl_tile tile = attention_i8_mma_part(attention_codes_group(u));
  const int head = u->head, row0 = (int)tile.row, width = args.attention.heads * size;
  float y[ATTENTION_CODES_TILES][4];
#pragma unroll
  for (int n = 0; n < ATTENTION_CODES_TILES; ++n) {
    if (n >= columns) continue;
    const float4 of_columns = values[n][item];
    y[n][0] = of_columns.x, y[n][1] = of_columns.y, y[n][2] = of_columns.z, y[n][3] = of_columns.w;
  }
  uint words_of[2][4];  // heads of 32 fill one
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const long row = row0 + lane.g + 8 * r;
    float multiplier, scale;
    zcl_quant_scale(mine->found[warp * ATTENTION_ROWS_GPU + lane.g + 8 * r], &multiplier, &scale);
    if (u->member == 0 && lane.q == 0 && lane.g + 8 * r < tile.rows)
      scales[row * args.out.groups + u->group] = scale;
    attention_i8_quantize_tokens_mma_codes(lane, y, r, columns, multiplier,
                                           (size_t)(row * width) + head * size,
                                           size == 64 ? words_of[r] : words_of[0] + 2 * r);
  }
  // Heads of 64: an item gets a piece of 16 columns of each row; of 32: one of either row.
#pragma unroll
  for (int r = 0; r < size / 32; ++r) {
    const uint4 piece_words = attention_i8_quantize_tokens_mma_transpose(
        lane.q, (uint4)(words_of[r][0], words_of[r][1], words_of[r][2], words_of[r][3]));
    const int row = lane.g + 8 * (size == 64 ? r : lane.q / 2);
    const int piece = size == 64 ? lane.q : lane.q % 2;
    if (row < tile.rows)
      attention_i8_quantize_tokens_mma_store(piece_words, tile.row + row, head * size + 16 * piece,
                                             codes, args.out);
  }
}

// A work-group. `size`: D, 64 or 32.
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
  // Few units: as many teams of each work-group as have one.
  const int groups = get_num_groups(0), team = (int)((uint)get_local_id(0) / ATTENTION_MMA_ITEMS);
  if (team >= (args.units + groups - 1) / groups) return;
  if (item < ATTENTION_MMA_TILES) mine->ready[item] = 0;
  struct attention_codes_scout scout;
  if (item == 0) {
    attention_codes_scout_all(&scout, tables, args, &mine->sequence, mine->units);
    attention_codes_scout_tell(&scout, mine->units);
  }
  attention_i8_mma_barrier();
  uint queries[2][4];
  float factors[2];
  local struct attention_codes_unit *before = mine->units + 2, *now = mine->units,
                                    *after = mine->units + 1;
  if (now->head >= 0)
    attention_codes_begin(lane, size, now, q, q_scales, cache, a, memory, queries, factors);
  uint turn = 0;
  for (; now->head >= 0; ++turn) {
    const bool pending = turn != 0;
    const struct zcl_tile group = attention_codes_group(now), tile = attention_i8_mma_part(group);
    const int end = a.causal ? group.position + group.rows : group.keys;
    const int least = a.causal ? tile.position + 1 : tile.keys;
    const int most = tile.rows <= 0 ? 0 : a.causal ? tile.position + tile.rows : tile.keys;
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
      if (final && pending && sharing <= ATTENTION_CODES_HEADS) {
        uint asked[ATTENTION_CODES_HEADS / 2], known = 0;
        attention_codes_ask(attention_codes_slots(before, sharing, maxima), 0, sharing, asked);
        if (attention_codes_look(asked, &known)) {
          attention_codes_found(known, mine->found);
          if (item % NVIDIA_WARP == 0) mine->ready[warp] = turn;
        }
      }
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
      if (scouting) attention_codes_scout_unit(&scout, tables);
      float x[ATTENTION_MMA_GROUPS][4], old[2], gain[2];
      uint e[2][4];
      if (first < most) attention_i8_mma_scores(lane, queries, block, steps, factors, x);
      if (scouting) attention_codes_scout_tile(&scout, tables, args, after);
      if (first < most) {
        int seen[2] = {least - first + (a.causal ? min(lane.g, tile.rows - 1) : 0),
                       least - first + (a.causal ? min(lane.g + 8, tile.rows - 1) : 0)};
        if (next <= least)
          attention_mma_softmax(lane, true, seen, block.value_scales, x, e, &m, &l, old, gain);
        else
          attention_mma_softmax(lane, false, seen, block.value_scales, x, e, &m, &l, old, gain);
      }
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
      if (item == 0) attention_codes_scout_all(&scout, tables, args, &mine->sequence, after);
    }
    if (item == 0) attention_codes_scout_tell(&scout, after);
    attention_i8_mma_barrier();
    if (after->head >= 0)
      attention_codes_begin(lane, size, after, q, q_scales, cache, a, memory, queries, factors);
    if (pending)
      attention_codes_finish(lane, size, before, mine, mine->values[1 - turn % 2], codes, scales,
                             args);
    local struct attention_codes_unit* const done = before;
    before = now, now = after, after = done;
  }
  if (turn == 0) return;
  attention_codes_await(attention_codes_slots(before, args.sharing, maxima), sharing, mine->found);
  attention_codes_finish(lane, size, before, mine, mine->values[1 - turn % 2], codes, scales, args);
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
