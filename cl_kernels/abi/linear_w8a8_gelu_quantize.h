// Arguments of the operator linear_w8a8_gelu_quantize (NUMERICS.md 3.18).
#pragma once

#include "abi/linear_w8a8.h"
#include "abi/quantize_tokens.h"
#include "abi/row_meeting.h"
#include "abi/types.h"

struct linear_w8a8_gelu_quantize_args {
  struct linear_w8a8_args linear;  // y_stride is not read
  struct quantize_output out;      // group N, or 128
  abi_int meeting_rows;            // rows that the meeting's memory serves, a multiple of 64
  abi_int meeting_turn;            // which half of it this launch uses; the other half is cleared
};
ABI_ASSERT_SIZE(linear_w8a8_gelu_quantize_args, 68);
