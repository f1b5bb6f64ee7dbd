// The table that a persistent kernel walks: one entry for each launch that it replaces.
#pragma once

#include "abi/linear_w8a8.h"
#include "abi/quantize_tokens.h"
#include "abi/types.h"

// What a step runs: what the launch that it replaces computes.
#define STEP_LINEAR_W8A8 0
#define STEP_LINEAR_W8A8_GELU_QUANTIZE 1
#define STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH 2
#define STEP_LINEAR_W8A8_QUANTIZE_QKV 3
#define STEP_LINEAR_W8A8_QUANTIZE_QKV_D32 4
#define STEP_ATTENTION_I8_QUANTIZE_TOKENS 5
#define STEP_ATTENTION_I8_QUANTIZE_TOKENS_D32 6
#define STEP_QUANTIZE_TOKENS 7
#define STEP_LAYER_NORM_F16_QUANTIZE 8
#define STEP_ADD_LAYER_NORM_F16_QUANTIZE 9
#define STEP_LINEAR_W8A8_NARROW 10
#define STEP_ADD_LAYER_NORM_F16 11
#define STEP_EMBEDDING 12
#define STEP_MEAN_POOL 13
#define STEP_GATHER_ROWS 14
#define STEP_L2_NORMALIZE 15
// A product and the norm that reads its result: the product's inputs are shared out among
// work-groups, and the norm adds their integer sums up.
#define STEP_LINEAR_W8A8_PARTS 16
// Products of which each work-group has one tile, of outputs in multiples of 128, whose stages all
// lie in local memory.
#define STEP_TWIN_GELU_QUANTIZE 17
#define STEP_TWIN_GELU_QUANTIZE_TANH 18
#define STEP_TWIN_QUANTIZE_QKV 19
#define STEP_TWIN_QUANTIZE_QKV_D32 20
// What a classifier ends with.
#define STEP_TANH 21
#define STEP_RELU 22
#define STEP_LINEAR_F32 23

#define STEP_BUFFERS 14  // of a launch at most
#define STEP_ARGS 22     // words of its argument struct at most
#define STEPS_AHEAD 2    // that a work-group knows of
#define PERSISTENT_ITEMS 256
#define PERSISTENT_MID_ITEMS 640  // of persistent_wgmma_mid
#define PERSISTENT_TILE 64        // rows, and outputs, of a product's tile
#define PERSISTENT_STAGES 8       // of 128 inputs that local memory holds of a tile
#define PERSISTENT_SPLITS 6       // work-groups that share out a tile's inputs, at most

// Buffers: as linear_w8a8's, the result being int [splits][rows][outputs].
struct persistent_parts_args {
  struct linear_w8a8_args linear;  // outputs: a multiple of PERSISTENT_TILE; no groups along K
  // Each takes ceil(steps / splits) stages of 128 inputs, <= PERSISTENT_STAGES; in
  // persistent_wgmma_mid 2, without a remainder.
  abi_int splits;
};
ABI_ASSERT_SIZE(persistent_parts_args, 48);

// Norms of all kinds. Buffers: x f32, which is written where it comes in parts; residual f16 or 0;
// gamma, beta; y f32, y f16, codes, their scales (0: what the kind lacks or nobody wants); and from
// STEP_SUM_BUFFERS on, where x comes in parts: these, int [splits][rows][cols], the scales of the
// product's rows, the scales of its outputs, its bias.
#define STEP_NORM_X 0
#define STEP_NORM_RESIDUAL 1
#define STEP_NORM_GAMMA 2
#define STEP_NORM_BETA 3
#define STEP_NORM_Y 4
#define STEP_NORM_Y16 5
#define STEP_NORM_CODES 6
#define STEP_NORM_SCALES 7
#define STEP_SUM_BUFFERS 8
#define PERSISTENT_SUM_COLS 1024  // at most
struct persistent_norm_args {
  abi_int rows;      // M
  abi_int cols;      // K
  abi_float eps;     // added to the variance
  abi_int splits;    // of x; 0: it lies in memory
  abi_int has_bias;  // the product that x comes from
  struct quantize_output out;
};
ABI_ASSERT_SIZE(persistent_norm_args, 36);

struct step {
  abi_ulong buffers[STEP_BUFFERS];  // device addresses in the order above or the launch's; 0: null
  abi_ulong ahead;                  // what a later step reads of memory that no step writes:
  abi_uint ahead_bytes;             // this one asks for it, so that it lies in the cache by then
  abi_int kind;                     // STEP_*
  abi_int old_residual;             // 1: the step before does not write the residual
  abi_uint args[STEP_ARGS];         // the launch's argument struct, or one of those above
  // Of products in twins' tiles: 2 * (steps from here to the product whose weights this one lets
  // come, at most STEPS_AHEAD, or 0) + (1: those of this one are on their way when it begins).
  abi_int weights;
};
ABI_ASSERT_SIZE(step, 8 * (STEP_BUFFERS + 1) + 4 * (STEP_ARGS + 4));
#define STEP_WORDS (2 * (STEP_BUFFERS + 1) + STEP_ARGS + 4)  // a multiple of four

// What persistent_wgmma_times writes of each step and work-group, uint [steps][work-groups][2]:
// clocks of the work-group's unit when its wait for the step before had ended, and when its own
// part had.
#define STEP_TIMES 2
#define STEP_TIME_BEGIN 0
#define STEP_TIME_END 1

struct persistent_args {
  abi_int count;      // steps
  abi_uint arrivals;  // at the counter before this launch, modulo 2^32
};
ABI_ASSERT_SIZE(persistent_args, 8);

// Writes the device address of a buffer, which the table then holds.
struct persistent_address_args {
  abi_int index;  // of the result
};
ABI_ASSERT_SIZE(persistent_address_args, 4);
