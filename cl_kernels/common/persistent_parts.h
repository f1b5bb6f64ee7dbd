// A product whose inputs are shared out among several work-groups: the sums of integers of each
// part go to memory, and the norm that follows it (persistent_norm.h) adds them up, which gives the
// same sum in any order.
#pragma once

#include "common/linear_wgmma_outputs.h"
#include "common/linear_wgmma_twin.h"
#include "common/persistent_meeting.h"

// persistent_await, and the rows of a part begin to come before the others have heard of it.
static inline void persistent_await_rows(const struct persistent_meeting meeting,
                                         const struct twin_ring ring, const struct twin_part part,
                                         const bool copies, global const char* x,
                                         const struct linear_w8a8_args args) {
  if ((int)get_local_id(0) == PERSISTENT_COPIER) {
    nvidia_await(meeting.counter, meeting.arrivals);
    wgmma_global_written();
    if (copies) twin_rows(ring, part, x, args);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  persistent_time(meeting.times, STEP_TIME_BEGIN);
}

// The copying item lets the weights of step `next` come, unless that is null.
static inline void persistent_begin_weights(const struct twin_memory memory,
                                            local const struct step* next) {
  if (!next || (int)get_local_id(0) != PERSISTENT_COPIER) return;
  const int splits = next->kind == STEP_LINEAR_W8A8_PARTS
                         ? ((local const struct persistent_parts_args*)next->args)->splits
                         : 1;
  twin_begin_later(memory, *(local const struct linear_w8a8_args*)next->args, splits,
                   (global const char*)(size_t)next->buffers[2]);
}

// A work-group's part: integers [splits][rows][outputs].
static inline __attribute__((always_inline)) void persistent_linear_parts(
    local const struct step* step, const struct persistent_meeting meeting,
    const struct twin_memory memory) {
  const struct persistent_parts_args args = STEP_STRUCT(persistent_parts_args);
  const struct linear_w8a8_args a = args.linear;
  const struct twin_ring ring = twin_ring_of(memory);
  const int unit = get_group_id(0);
  const bool works = unit < twin_tiles(a) * args.splits;
  const bool copies = works && (int)get_local_id(0) == PERSISTENT_COPIER;
  const struct twin_part part = twin_part_of(unit, a, args.splits);
  if (copies && step->weights % 2 == 0) twin_weights(ring, part, STEP_AT(const char, 2), a);
  persistent_await_rows(meeting, ring, part, copies, STEP_AT(const char, 0), a);
  if (!works) return;
  int sums[TWIN_SUMS] = {0};
  twin_sums(sums, ring, part);
  twin_ring_pass(memory, ring, part);
  const int m = part.m + wgmma_row(0);
  global int* const to = STEP_AT(int, 5) + ((size_t)part.split * a.rows + m) * a.outputs + part.n +
                         twin_group() * TWIN_HALF + wgmma_column();
#pragma unroll
  for (int i = 0; i < TWIN_HALF / 16; ++i)
    wgmma_store_sums(to, i, sums, a.outputs, m < a.rows, m + 8 < a.rows);
}
