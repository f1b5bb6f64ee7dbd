// Operator: attention_i8_quantize_tokens (NUMERICS.md 3.26), for few rows
// What:     the persistent kernel's step as a kernel of its own: shorter than
//           attention_i8_quantize_tokens.mma.cl where no unit has a second head to work on
// Buffers:  as there; no causal attention; a scale a row
// Args:     struct attention_i8_quantize_tokens_args
// Launch:   D = 64 (_d32: 32); local size 256, up to two work-groups for each compute unit, all
//           resident (wgmma_two_resident), and no fewer than H: the heads of a tile of rows wait
//           for each other
// Variants: attention_i8_quantize_tokens.mma.cl for many rows
// Source:   as common/persistent_attention.h
#include "common/persistent_attention_units.h"

// The step that the launch is, which code for steps reads from local memory.
static inline void attention_i8_quantize_tokens_mma_few_step(
    local struct step* step, global const char* q, global const float* q_scales,
    const struct zcl_i8_cache cache, global const struct sequence_entry* sequences,
    global const int* block_table, global const struct sequence_tile* tiles, global uint* meeting,
    global char* codes, global float* scales, const struct attention_i8_quantize_tokens_args args) {
  if (get_local_id(0) == 0) {
    step->buffers[0] = (size_t)q, step->buffers[1] = (size_t)q_scales;
    step->buffers[2] = (size_t)cache.keys, step->buffers[3] = (size_t)cache.key_scales;
    step->buffers[4] = (size_t)cache.values, step->buffers[5] = (size_t)cache.value_scales;
    step->buffers[6] = (size_t)sequences, step->buffers[7] = (size_t)block_table;
    step->buffers[8] = (size_t)tiles, step->buffers[9] = (size_t)meeting;
    step->buffers[10] = (size_t)codes, step->buffers[11] = (size_t)scales;
    *(local struct attention_i8_quantize_tokens_args*)step->args = args;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

// No step came before: there is nothing to wait for.
static inline __attribute__((always_inline)) void attention_i8_quantize_tokens_mma_few_run(
    local const struct step* step, local uint4* memory, local float4* rows, local int4* sums,
    global uint* meeting, const struct attention_i8_quantize_tokens_args args, const int size) {
  const struct persistent_sides sides = persistent_sides_of(memory, rows, sums);
  const int words = MEETING_WORDS(args.meeting_rows);
  // No arrivals to wait for. The word is the other kernel's tickets, 0 here.
  const struct persistent_meeting first = {meeting + (args.meeting_turn + 1) * words - 1, 0, 0};
  persistent_attention_quantize(step, first, sides, size);
}

kernel __attribute__((reqd_work_group_size(PERSISTENT_ITEMS, 1, 1))) void
attention_i8_quantize_tokens_mma_few(global const char* q, global const float* q_scales,
                                     global const char* keys, global const float* key_scales,
                                     global const char* values, global const float* value_scales,
                                     global const struct sequence_entry* sequences,
                                     global const int* block_table,
                                     global const struct sequence_tile* tiles, global uint* meeting,
                                     global char* codes, global float* scales,
                                     const struct attention_i8_quantize_tokens_args args) {
  wgmma_two_resident();
  local uint4 memory[ATTENTION_SIDES * ATTENTION_I8_MMA_MEMORY];
  local float4 rows[ATTENTION_SIDES_ROWS];
  local int4 sums[ATTENTION_SIDES_SUMS];
  local struct step step __attribute__((aligned(16)));
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  attention_i8_quantize_tokens_mma_few_step(&step, q, q_scales, cache, sequences, block_table,
                                            tiles, meeting, codes, scales, args);
  attention_i8_quantize_tokens_mma_few_run(&step, memory, rows, sums, meeting, args, 64);
}

kernel __attribute__((reqd_work_group_size(PERSISTENT_ITEMS, 1, 1))) void
attention_i8_quantize_tokens_mma_few_d32(
    global const char* q, global const float* q_scales, global const char* keys,
    global const float* key_scales, global const char* values, global const float* value_scales,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const struct sequence_tile* tiles, global uint* meeting, global char* codes,
    global float* scales, const struct attention_i8_quantize_tokens_args args) {
  wgmma_two_resident();
  local uint4 memory[ATTENTION_SIDES * ATTENTION_I8_MMA_MEMORY];
  local float4 rows[ATTENTION_SIDES_ROWS];
  local int4 sums[ATTENTION_SIDES_SUMS];
  local struct step step __attribute__((aligned(16)));
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  attention_i8_quantize_tokens_mma_few_step(&step, q, q_scales, cache, sequences, block_table,
                                            tiles, meeting, codes, scales, args);
  attention_i8_quantize_tokens_mma_few_run(&step, memory, rows, sums, meeting, args, 32);
}
