// How the teams of persistent_attention.h take their units, a head of a tile of queries each: the
// step of the persistent kernels, and attention_i8_quantize_tokens.mma_few.cl.
#pragma once

#include "common/persistent_attention.h"
#include "common/persistent_meeting.h"

// A team's unit, of which keys and values are in memory that the step before writes.
struct persistent_attention_work {
  int unit, halves;
  int place, part, head;  // of the unit: a tile, which of its halves, a head
  struct zcl_tile group;
  struct zcl_i8_cache first;
};

static inline struct zcl_i8_cache persistent_attention_cache(local const struct step* step) {
  const struct zcl_i8_cache cache = {STEP_AT(const char, 2), STEP_AT(const float, 3),
                                     STEP_AT(const char, 4), STEP_AT(const float, 5)};
  return cache;
}

// Looks up what work->unit is.
static inline __attribute__((always_inline)) void persistent_attention_take(
    private struct persistent_attention_work* work, local const struct step* step, const int size,
    const struct attention_i8_quantize_tokens_args args) {
  const int heads = args.attention.heads, units = heads * work->halves;
  work->place = work->unit / units;
  const int rest = work->unit - work->place * units;
  work->part = rest / heads;
  work->head = rest - work->part * heads;
  work->group = persistent_attention_tile(step, work->place, args);
  work->first = persistent_attention_first(persistent_attention_cache(step), work->group,
                                           work->head, heads, size);
}

// Before the step before has ended. `teams`: of a work-group.
static inline __attribute__((always_inline)) struct persistent_attention_work
persistent_attention_begin(local const struct step* step, const int teams, const int size) {
  const struct attention_i8_quantize_tokens_args args =
      STEP_STRUCT(attention_i8_quantize_tokens_args);
  const int groups = get_num_groups(0);
  struct persistent_attention_work work;
  // Where there are teams enough, each takes half a tile's rows: a team's warps then share no
  // quarter of a unit.
  work.halves = 2 * args.units <= groups ? 2 : 1;
  work.unit = (teams > 1 ? persistent_attention_team() : 0) * groups + (int)get_group_id(0);
  persistent_attention_take(&work, step, size, args);
  return work;
}

// Why the heads' meetings end: units go round the teams in order, those of a tile side by side. All
// units before the first tile that has not met are done, so its units are under way. A tile has no
// more units than there are work-groups (the launcher sees to it).
static inline __attribute__((always_inline)) void persistent_attention_run(
    local const struct step* step, struct persistent_attention_work work, const int teams,
    const struct persistent_sides sides, const int size) {
  const struct attention_i8_quantize_tokens_args args =
      STEP_STRUCT(attention_i8_quantize_tokens_args);
  const struct attention_i8_args a = args.attention;
  const struct zcl_i8_cache cache = persistent_attention_cache(step);
  const struct attention_mma_lane lane = attention_i8_mma_lane();
  const int halves = work.halves, units = args.units * halves;
  const int warps = ATTENTION_MMA_TILES / halves, half_words = MEETING_WORDS(args.meeting_rows);
  persistent_clear(STEP_AT(uint, 9) + (1 - args.meeting_turn) * half_words, half_words,
                   teams * ATTENTION_TEAM_ITEMS);
  while (work.unit < units) {
    const struct zcl_tile tile = persistent_attention_part(work.group, work.part * warps, warps);
    float o[ATTENTION_COLUMNS][4], inverse[2];
    persistent_attention_rows(STEP_AT(const char, 0), STEP_AT(const float, 1), cache, work.first,
                              work.group, tile, work.head, size / 32, size / 8, a, sides, o,
                              inverse);
    persistent_attention_leave(step, lane, tile, work.place, work.head, halves, size, o, inverse);
    work.unit += teams * (int)get_num_groups(0);
    if (work.unit >= units) break;
    persistent_attention_take(&work, step, size, args);
  }
}

// All of a work-group's items, which are one team.
static inline __attribute__((always_inline)) void persistent_attention_quantize(
    local const struct step* step, const struct persistent_meeting meeting,
    const struct persistent_sides sides, const int size) {
  const struct persistent_attention_work work = persistent_attention_begin(step, 1, size);
  persistent_await(meeting);
  persistent_attention_run(step, work, 1, sides, size);
}
