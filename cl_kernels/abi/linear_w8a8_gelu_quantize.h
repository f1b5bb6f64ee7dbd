// Arguments of the operator linear_w8a8_gelu_quantize (NUMERICS.md 3.18).
#pragma once

#include "abi/linear_w8a8.h"
#include "abi/quantize_tokens.h"
#include "abi/types.h"

struct linear_w8a8_gelu_quantize_args {
  struct linear_w8a8_args linear;  // y_stride is not read
  struct quantize_output out;      // group N, or 128
  abi_int meeting_rows;            // rows that the meeting's memory serves, a multiple of 64
  abi_int meeting_turn;            // which half of it this launch uses; the other half is cleared
};
ABI_ASSERT_SIZE(linear_w8a8_gelu_quantize_args, 68);

// A row's largest magnitude is known when every work-group that holds a part of the row has said
// its own. The memory where they meet: twice (uint [rows] maxima, uint [rows / 64] arrivals), all
// zero before the first launch. A launch uses one half and clears the other for the next.
#define MEETING_ROWS 64  // that arrive together
#define MEETING_WORDS(rows) ((rows) + (rows) / MEETING_ROWS)  // of one half, in uints
