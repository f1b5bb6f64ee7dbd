// Where heads of a row that share a scale say their largest magnitudes, and wait for the others'.
#pragma once

#include "common/attention_codes_unit.h"

#define ATTENTION_CODES_HEADS 16  // whose maxima are asked for at once, two of a lane's row each
#define ATTENTION_CODES_THERE 0x80000000u  // set in a maximum that is there

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
// Waits for all: the largest magnitudes of the warp's rows in `found`.
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

// What is there without waiting, of up to ATTENTION_CODES_HEADS heads; whether that is all.
static inline bool attention_codes_glance(global const uint* slots, const int sharing,
                                          local uint* found) {
  uint words[ATTENTION_CODES_HEADS / 2], largest = 0;
  if (sharing > ATTENTION_CODES_HEADS) return false;
  attention_codes_ask(slots, 0, sharing, words);
  if (!attention_codes_look(words, &largest)) return false;
  attention_codes_found(largest, found);
  return true;
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
