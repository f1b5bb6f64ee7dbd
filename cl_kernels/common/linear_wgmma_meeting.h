// For products on Hopper's tensor cores whose work-groups wait for those that have other parts of
// the same rows (abi/row_meeting.h).
#pragma once

#include "abi/row_meeting.h"
#include "common/linear_wgmma.h"

#define WGMMA_MEETING_BAND 1  // a row of tiles after another: those of a row wait for each other

// Clears the half of the meeting's memory that the next launch uses.
static inline void wgmma_meeting_clear(global uint* next, const int words,
                                       const struct wgmma_shape shape) {
  const int items = wgmma_teams(shape) * wgmma_team_groups(shape) * WGMMA_ITEMS;
  for (int i = get_group_id(0) * items + get_local_id(0); i < words; i += get_num_groups(0) * items)
    next[i] = 0;
}
