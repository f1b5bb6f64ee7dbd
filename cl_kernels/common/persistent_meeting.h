// How the work-groups of persistent.wgmma.cl and persistent.wgmma_mid.cl go from step to step.
#pragma once

#include "abi/persistent.h"
#include "common/linear_wgmma.h"

#define PERSISTENT_COPIER (PERSISTENT_ITEMS - WGMMA_ITEMS)  // the item that copies and meets others
#define STEPS_HERE (STEPS_AHEAD + 2)  // in local memory: a step's, those ahead, one on its way
#define PERSISTENT_AHEAD 8192         // bytes that a work-group asks for at once

// What a step must wait for before it reads what steps before have written, or writes.
struct persistent_meeting {
  global uint* counter;
  uint arrivals;
  global uint* times;  // of the step and work-group, STEP_TIMES; null: nobody asks
};

// When the item that copies came here, in clocks of its unit.
static inline void persistent_time(global uint* times, const int which) {
  if (times && (int)get_local_id(0) == PERSISTENT_COPIER) times[which] = nvidia_clock();
}

#define STEP_AT(type, i) ((global type*)(size_t)step->buffers[i])
#define STEP_STRUCT(type) (*(local const struct type*)step->args)

// A work-group's step is over: what its items wrote is handed on, the next step's entry is here.
//
// Why meetings end: all work-groups are resident. Between its arrival and the end of its wait a
// work-group waits for nothing but its own ring's stages, which its consumers had given back before
// it arrived. So when all have come into a step, where products may wait for each other
// (linear_w8a8_gelu_quantize.wgmma.cl says why that ends), all come to its end and arrive.
static inline void persistent_arrive(const struct persistent_meeting meeting) {
  nvidia_copies_wait();
  barrier(CLK_LOCAL_MEM_FENCE);
  persistent_time(meeting.times, STEP_TIME_END);
  if ((int)get_local_id(0) == PERSISTENT_COPIER) nvidia_arrive(meeting.counter);
}
// All items wait until all work-groups have arrived; what any wrote before is then seen by all, by
// their bulk copies too: on the way from a write to a copy one proxy fence must lie (PTX ISA,
// memory consistency model, proxy-preserved causality order), and this is it, behind the acquire
// and before the copies of the same item. The first step finds all arrivals of the launches before.
static inline void persistent_await(const struct persistent_meeting meeting) {
  // The item that will copy asks, since it must know first.
  if ((int)get_local_id(0) == PERSISTENT_COPIER) {
    nvidia_await(meeting.counter, meeting.arrivals);
    wgmma_global_written();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  persistent_time(meeting.times, STEP_TIME_BEGIN);
}

static inline void persistent_fetch(local struct step* to, global const struct step* from) {
  // The last warp's items. Computed here and not ahead of all steps: registers are short.
  const int piece = wgmma_here(PERSISTENT_ITEMS - 1 - (int)get_local_id(0));
  if (piece < STEP_WORDS / 4)
    nvidia_copy16((local uint4*)to + piece, (global const uint4*)from + piece);
}

// Weights come from memory, since no cache holds those of all layers: they are asked for two
// products earlier. The copying item does it when its work-group has arrived.
static inline void persistent_ask_share(const abi_ulong ahead, const uint bytes) {
  const uint stride = PERSISTENT_AHEAD * (uint)get_num_groups(0);
  for (uint at = PERSISTENT_AHEAD * (uint)get_group_id(0); at < bytes; at += stride)
    nvidia_prefetch_bulk((global const char*)(size_t)ahead + at,
                         min((uint)PERSISTENT_AHEAD, bytes - at));
}

static inline void persistent_ask_ahead(const abi_ulong ahead, const uint bytes) {
  if ((int)get_local_id(0) == PERSISTENT_COPIER) persistent_ask_share(ahead, bytes);
}

// Clears the half of the meeting's memory that the next launch would use: `items` of each
// work-group.
static inline void persistent_clear(global uint* next, const int words, const int items) {
  for (int i = items * (int)get_group_id(0) + (int)get_local_id(0); i < words;
       i += items * (int)get_num_groups(0))
    next[i] = 0;
}
