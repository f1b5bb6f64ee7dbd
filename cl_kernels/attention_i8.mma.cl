// Operator: attention_i8 (NUMERICS.md 3.12)
// What:     y = softmax(q k^T) v per token and head, in integer sums over blocks of 64 keys
// Buffers:  q char [M, q_stride] (CODES_I8), q scales float [M, H]; the layer's cache in layout
//           KV_GPU: keys char, key scales float, values char, value scales float; sequences
//           struct sequence_entry [S], block table int, tiles struct sequence_tile; y float
// Args:     struct attention_i8_args
// Launch:   a work-group takes ATTENTION_MMA_ROWS rows of one sequence (an entry of `tiles`) and a
//           head, each of its warps a tile of ATTENTION_ROWS_GPU; blocks of keys and values pass
//           through local memory, one ahead: (32 * ATTENTION_MMA_TILES * H * entries). Head
//           sizes up to ATTENTION_MMA_SIZE; attention_i8_mma_wide the others, with a second
//           dimension of ceil(D / ATTENTION_MMA_WIDE_COLUMNS).
// Variants: NVIDIA GPUs from compute capability 8.0; both products run on tensor cores and the
//           weights stay in registers between them
// Source:   online softmax: Milakov and Gimelshein, arXiv 1805.02867; blocks of keys:
//           FlashAttention, arXiv 2205.14135
// Not here: quantizing q, k and v (quantize_qkv); calls of one token a sequence
//           (attention_i8.mma_row.cl)
#include "abi/attention_i8.h"
#include "common/attention_i8_mma.h"
#include "common/elementary.h"

// y of the columns from `first` on.
static inline __attribute__((always_inline)) void attention_i8_mma_store(
    float o[][4], const float* inverse, const struct zcl_tile tile, const int head, const int size,
    const int first, const bool exact, const int tiles, const struct attention_i8_args args,
    global float* y) {
  const struct attention_mma_lane lane = attention_i8_mma_lane();
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int row = lane.g + 8 * r;
    if (row >= tile.rows) continue;
    const size_t at = (tile.row + row) * (size_t)(args.heads * size) + head * size;
    global float* to = y + (tile.row + row) * (size_t)args.y_stride + head * size;
#pragma unroll
    for (int n = 0; n < ATTENTION_MMA_WIDE_TILES; ++n) {
      if (n >= tiles) continue;
      const int d = first + 8 * n + 2 * lane.q;
      float2 out;
      out.x = ZCL_ELEMENT_F(o[n][2 * r] * inverse[r], at + d);
      out.y = ZCL_ELEMENT_F(o[n][2 * r + 1] * inverse[r], at + d + 1);
      if (exact) {
        *(global float2*)(to + d) = out;
      } else {
        if (d < size) to[d] = out.x;
        if (d + 1 < size) to[d + 1] = out.y;
      }
    }
  }
}

// y of a work-group's rows and head (attention_i8_mma_rows).
static inline __attribute__((always_inline)) void attention_i8_mma_all(
    global const char* q, global const float* q_scales, const struct zcl_i8_cache cache,
    const struct zcl_tile group, const int head, const int first_column, const bool exact,
    const int steps, const int tiles, const int stages, const struct attention_i8_args args,
    local char* memory, global float* y) {
  float o[ATTENTION_MMA_WIDE_TILES][4], inverse[2];
  attention_i8_mma_rows(q, q_scales, cache, group, head, first_column, exact, steps, tiles, stages,
                        args, memory, o, inverse);
  attention_i8_mma_store(o, inverse, attention_i8_mma_part(group), head,
                         exact ? 32 * steps : args.head_size, first_column, exact, tiles, args, y);
}

// A work-group's rows and head. `size`: D, 64 or 32, with rows aligned, or 0: any other.
// `memory`: ATTENTION_I8_MMA_MEMORY.
static inline __attribute__((always_inline)) void attention_i8_mma_run(
    const int unit, const int units, const int size, local uint4* memory, global const char* q,
    global const float* q_scales, const struct zcl_i8_cache cache,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const struct sequence_tile* tiles, global float* y,
    const struct attention_i8_args args) {
  const struct zcl_tile group = zcl_tile_of(tiles[attention_i8_mma_index(unit, units, args)],
                                            ATTENTION_MMA_ROWS, sequences, block_table);
  const int steps = size == 32 ? 1 : 2, columns = size == 32 ? 4 : 8;
  attention_i8_mma_all(q, q_scales, cache, group, unit % args.heads, 0, size != 0, steps, columns,
                       2, args, (local char*)memory, y);
}

kernel __attribute__((reqd_work_group_size(ATTENTION_MMA_ITEMS, 1, 1))) void attention_i8_mma(
    global const char* q, global const float* q_scales, global const char* keys,
    global const float* key_scales, global const char* values, global const float* value_scales,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const struct sequence_tile* tiles, global float* y,
    const struct attention_i8_args args) {
  local uint4 memory[ATTENTION_I8_MMA_MEMORY];
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  const int unit = get_group_id(0), units = get_num_groups(0);
  const bool aligned = args.q_stride % 16 == 0 && args.y_stride % 2 == 0;
  if (aligned && args.head_size == 64)
    attention_i8_mma_run(unit, units, 64, memory, q, q_scales, cache, sequences, block_table, tiles,
                         y, args);
  else if (aligned && args.head_size == 32)
    attention_i8_mma_run(unit, units, 32, memory, q, q_scales, cache, sequences, block_table, tiles,
                         y, args);
  else
    attention_i8_mma_run(unit, units, 0, memory, q, q_scales, cache, sequences, block_table, tiles,
                         y, args);
}

kernel __attribute__((reqd_work_group_size(ATTENTION_MMA_ITEMS, 1, 1))) void attention_i8_mma_wide(
    global const char* q, global const float* q_scales, global const char* keys,
    global const float* key_scales, global const char* values, global const float* value_scales,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const struct sequence_tile* tiles, global float* y,
    const struct attention_i8_args args) {
  // Or one stage of 8 steps.
  local uint4 memory[2 * ATTENTION_MMA_STAGE(4, ATTENTION_MMA_WIDE_TILES) / 16];
  const int head = (int)get_group_id(0) % args.heads;
  const int first = (int)get_group_id(1) * ATTENTION_MMA_WIDE_COLUMNS;
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  const struct zcl_tile group =
      zcl_tile_of(tiles[attention_i8_mma_index(get_group_id(0), get_num_groups(0), args)],
                  ATTENTION_MMA_ROWS, sequences, block_table);
  const bool aligned = args.q_stride % 16 == 0 && args.y_stride % 2 == 0;
  local char* at = (local char*)memory;
  if (aligned && args.head_size == 128)
    attention_i8_mma_all(q, q_scales, cache, group, head, 0, true, 4, 16, 2, args, at, y);
  else if (args.head_size <= 128)
    attention_i8_mma_all(q, q_scales, cache, group, head, 0, false, 4, 16, 2, args, at, y);
  else
    attention_i8_mma_all(q, q_scales, cache, group, head, first, false, 8, 16, 1, args, at, y);
}
