// Arguments of the operator attention_i8_quantize_tokens (NUMERICS.md 3.26).
#pragma once

#include "abi/attention_i8.h"
#include "abi/quantize_tokens.h"
#include "abi/row_meeting.h"
#include "abi/types.h"

#define ATTENTION_CODES_TEAMS 4   // of a work-group, each with tiles of its own
#define ATTENTION_FEW_RESIDENT 2  // work-groups of mma_few that a compute unit holds

struct attention_i8_quantize_tokens_args {
  struct attention_i8_args attention;  // y_stride is not read
  struct quantize_output out;          // group H * D, or 128; layout CODES_I8 or CODES_TILES
  // Rows that the meeting's memory serves: MEETING_ROWS for each unit, where its maxima stand, and
  // as many more, whose arrivals, a half's last word, are tickets instead.
  abi_int meeting_rows;
  abi_int meeting_turn;  // which half of it this launch uses; the other half is cleared
  abi_int units;         // tiles of queries, times H
  abi_int sharing;       // heads that share a scale
  abi_int teams;         // that get work, of all work-groups; at most units
};
ABI_ASSERT_SIZE(attention_i8_quantize_tokens_args, 60);
