// Units of work of attention_i8_quantize_tokens on NVIDIA's GPUs, a head of a tile of rows each:
// the order in which teams take them, and how a team learns what the next one is while it computes.
#pragma once

#include "abi/attention_i8_quantize_tokens.h"
#include "common/attention_i8_mma.h"
#include "common/nvidia_meet.h"

#define ATTENTION_CODES_UNITS 3  // that a team knows of: the pending, the present, the next

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

// Where teams learn of units.
struct attention_codes_tables {
  global uint* tickets;
  global const struct sequence_entry* sequences;
  global const int* block_table;
  global const struct sequence_tile* tiles;
};

// Units have numbers in the order in which teams take them, heads innermost, so that waits end, all
// work-groups being resident. A team that waits has said the maxima of all units that it has taken.
// Let t be the first tile of rows in that order whose heads have not all come. While a head of t is
// not taken, no later tile is, and those that wait do so for t: each of them has two heads of t,
// the pending and the present one, so they are fewer than H, while at least H teams have work: one
// of the others takes the next head. When all are taken, those that have not come do not wait.
// Where a few heads share a scale, these stand for the tile.

// The team's number among all, which is its first unit: work spreads over work-groups, and so over
// compute units, before a second team of one has any. First units need no tickets, for which all
// teams would queue at one counter.
static inline int attention_codes_team() {
  const int of_group = (int)((uint)get_local_id(0) / ATTENTION_MMA_ITEMS);
  return of_group * (int)get_num_groups(0) + (int)get_group_id(0);
}
static inline void attention_codes_scout_unit(struct attention_codes_scout* scout,
                                              const struct attention_codes_tables tables,
                                              const int teams) {
  scout->unit = teams + (int)nvidia_next(tables.tickets);
}
static inline void attention_codes_scout_tile(struct attention_codes_scout* scout,
                                              const struct attention_codes_tables tables,
                                              const struct attention_i8_quantize_tokens_args args,
                                              local struct attention_codes_unit* unit) {
  const int heads = args.attention.heads;
  const int place = attention_i8_mma_index(scout->unit, args.units, args.attention);
  const struct sequence_tile tile = tables.tiles[max(place, 0)];
  // unit % heads, from the same division: units are a multiple of heads.
  const int head = heads - 1 - (args.units - 1 - scout->unit - place * heads);
  const int group = head / args.sharing;
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
// All steps for the unit of that number.
static inline void attention_codes_scout_all(struct attention_codes_scout* scout,
                                             const struct attention_codes_tables tables,
                                             const struct attention_i8_quantize_tokens_args args,
                                             local int4* sequence,
                                             local struct attention_codes_unit* unit) {
  attention_codes_scout_tile(scout, tables, args, unit);
  attention_codes_scout_sequence(scout, tables, sequence);
  attention_codes_scout_blocks(scout, tables, sequence, unit);
}

// The rows of the unit's tile.
static inline struct zcl_tile attention_codes_group(local const struct attention_codes_unit* unit) {
  const struct zcl_tile out = {unit->position, unit->rows, unit->keys, (size_t)unit->row, 0};
  return out;
}
