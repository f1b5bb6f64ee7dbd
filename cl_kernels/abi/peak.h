// The benchmark of the device's INT8 peak (`zerocl bench --peak`): what kernel and host agree on.
#pragma once

#include "abi/layouts.h"
#include "abi/types.h"

#define PEAK_ITEMS 256    // of a work-group: two groups of four warps with 64 rows each
#define PEAK_ROWS 128     // of x
#define PEAK_OUTPUTS 256  // rows of w
#define PEAK_STAGES 4     // products of 128 inputs in turn, 48 KiB of operands each
// A stage: rows of x, then of w, in the order of CODES_TILES.
#define PEAK_STAGE_BYTES ((PEAK_ROWS + PEAK_OUTPUTS) * CODES_TILE)
// Multiplications and additions of a work-group in a round, which goes through all stages.
#define PEAK_ROUND_OPERATIONS (2.0 * PEAK_ROWS * PEAK_OUTPUTS * CODES_TILE * PEAK_STAGES)

struct peak_args {
  abi_int rounds;
};
ABI_ASSERT_SIZE(peak_args, 4);
