// Operator: attention_i8_quantize_tokens (NUMERICS.md 3.26)
// What:     quantize_tokens(attention_i8(q)): the float result never leaves the registers
// Buffers:  those of attention_i8.mma.cl up to tiles; meeting uint (abi/row_meeting.h); codes char
//           [M, stride] in CODES_I8 or CODES_TILES, scales float [M, groups]
// Args:     struct attention_i8_quantize_tokens_args; H * D is a multiple of 128
// Launch:   as attention_i8.mma.cl, D = 64 (_d32: 32). A scale spans a row, or 128 of its columns:
//           the work of H work-groups, or of 128 / D. They wait for each other, so they must be
//           resident together
// Variants: the composition attention_i8, quantize_tokens runs everywhere
// Source:   as attention_i8.mma.cl; ZeroQuant, arXiv 2206.01861, 3.2 (token-wise quantization)
#include "abi/attention_i8_quantize_tokens.h"
#include "abi/layouts.h"
#include "common/attention_i8_mma.h"
#include "common/elementary.h"
#include "common/nvidia_meet.h"

// A number for each work-group in the order in which they start, whatever their ids. Work goes by
// it, heads innermost, so that meetings end: let t be the first tile of rows in that order whose
// heads have not all come. No work-group has taken a later tile before all of t's were taken, those
// of earlier tiles do not wait any more, and fewer than H wait for t: a device that holds H
// work-groups has room for the next one, which is t's. Where a few heads share a scale, these stand
// for the tile.
static inline int attention_i8_quantize_tokens_mma_ticket(local int* shared, global uint* counter) {
  if ((int)get_local_id(0) == 0) *shared = (int)atomic_inc((volatile global uint*)counter);
  barrier(CLK_LOCAL_MEM_FENCE);
  return *shared;
}

// Clears the half of the meeting's memory that the next launch uses.
static inline void attention_i8_quantize_tokens_mma_clear(global uint* next, const int words) {
  const int items = ATTENTION_MMA_ITEMS * (int)get_num_groups(0);
  for (int i = ATTENTION_MMA_ITEMS * (int)get_group_id(0) + (int)get_local_id(0); i < words;
       i += items)
    next[i] = 0;
}

// y in place of o, and the largest magnitudes of the item's two rows.
static inline __attribute__((always_inline)) void attention_i8_quantize_tokens_mma_values(
    float o[][4], const float* inverse, const int tiles, uint* largest) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float most = 0.0f;
#pragma unroll
    for (int n = 0; n < tiles; ++n)
#pragma unroll
      for (int i = 2 * r; i < 2 * r + 2; ++i) {
        o[n][i] = o[n][i] * inverse[r];
        most = nvidia_max_magnitude(most, o[n][i]);
      }
    largest[r] = nvidia_quad_max(as_uint(most));
  }
}

// The largest magnitudes of the item's two rows over all heads. `maxima`: those of the warp's rows.
static inline __attribute__((always_inline)) void attention_i8_quantize_tokens_mma_meet(
    const struct attention_mma_lane lane, const int rows, const int heads, global uint* maxima,
    global uint* arrived, uint* largest) {
#pragma unroll
  for (int r = 0; r < 2; ++r)
    if (lane.q == 0 && lane.g + 8 * r < rows)
      atomic_max((volatile global uint*)maxima + lane.g + 8 * r, largest[r]);
  barrier(CLK_LOCAL_MEM_FENCE);
  if ((int)get_local_id(0) == 0) nvidia_meet(arrived, heads);
  barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
  for (int r = 0; r < 2; ++r) largest[r] = nvidia_load_shared_word(maxima + lane.g + 8 * r);
}

// Four words of each of four neighbouring items: item q gets word q of each. Vectors, since of
// array elements compilers choose addresses, which puts the array into memory.
static inline uint4 attention_i8_quantize_tokens_mma_transpose(const int q, const uint4 words) {
  const bool odd = q % 2 != 0, high = q / 2 != 0;
  const uint near = nvidia_shuffle_xor_bits(odd ? words.x : words.y, 1);
  const uint far = nvidia_shuffle_xor_bits(odd ? words.z : words.w, 1);
  const uint4 half_way =
      odd ? (uint4)(near, words.y, far, words.w) : (uint4)(words.x, near, words.z, far);
  const uint even_items = nvidia_shuffle_xor_bits(high ? half_way.x : half_way.z, 2);
  const uint odd_items = nvidia_shuffle_xor_bits(high ? half_way.y : half_way.w, 2);
  return high ? (uint4)(even_items, odd_items, half_way.z, half_way.w)
              : (uint4)(half_way.x, half_way.y, even_items, odd_items);
}

// Codes of row `r` of the item's two, its columns 2q and 2q + 1 of each eight: a word for each 16.
static inline __attribute__((always_inline)) void attention_i8_quantize_tokens_mma_codes(
    const struct attention_mma_lane lane, float o[][4], const int r, const int tiles,
    const float multiplier, const size_t at, uint* words) {
  const uint kept = multiplier == 0.0f ? 0 : 0xffffffff;  // else codes of NaN are 0, too
#pragma unroll
  for (int p = 0; p < tiles / 2; ++p) {
    uint codes[4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      codes[i] = ZCL_ELEMENT_I(ZCL_RINT_BITS(o[2 * p + i / 2][2 * r + i % 2] * multiplier),
                               at + 16 * p + 8 * (i / 2) + 2 * lane.q + i % 2);
    words[p] = nvidia_low_bytes(codes[0], codes[1], codes[2], codes[3]) & kept;
  }
}

// Stores 16 codes of a row from column k on: words of four items, each two of the first eight
// columns and two of the others.
static inline void attention_i8_quantize_tokens_mma_store(const uint4 words, const size_t row,
                                                          const int k, global char* codes,
                                                          const struct quantize_output out) {
  uint first, second, third, fourth;
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(first) : "r"(words.x), "r"(words.y));
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(second) : "r"(words.z), "r"(words.w));
  asm("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(third) : "r"(words.x), "r"(words.y));
  asm("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(fourth) : "r"(words.z), "r"(words.w));
  *(global uint4*)(codes + CODES_INDEX(out.layout, row, k, out.stride)) =
      (uint4)(first, second, third, fourth);
}

// A work-group. `size`: D, 64 or 32.
static inline __attribute__((always_inline)) void attention_i8_quantize_tokens_mma_run(
    const int size, local uint4* memory, local int* shared, global const char* q,
    global const float* q_scales, const struct zcl_i8_cache cache,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const struct sequence_tile* tiles, global uint* meeting, global char* codes,
    global float* scales, const struct attention_i8_quantize_tokens_args args) {
  const struct attention_i8_args a = args.attention;
  const int words = MEETING_WORDS(args.meeting_rows);
  global uint* const maxima = meeting + args.meeting_turn * words;
  global uint* const arrived = maxima + args.meeting_rows;
  attention_i8_quantize_tokens_mma_clear(meeting + (1 - args.meeting_turn) * words, words);
  const int unit = attention_i8_quantize_tokens_mma_ticket(
      shared, arrived + args.meeting_rows / MEETING_ROWS - 1);
  const struct zcl_tile group =
      zcl_tile_of(tiles[attention_i8_mma_index(unit, get_num_groups(0), a)], ATTENTION_MMA_ROWS,
                  sequences, block_table);
  const struct attention_mma_lane lane = attention_i8_mma_lane();
  const int columns = size / 8;
  float o[ATTENTION_MMA_WIDE_TILES][4], inverse[2];
  attention_i8_mma_rows(q, q_scales, cache, group, unit % a.heads, 0, true, size / 32, columns, 2,
                        a, (local char*)memory, o, inverse);
  // From memory again: registers are short in the loop over keys.
  const int done = *(volatile local int*)shared, head = done % a.heads;
  const int place = attention_i8_mma_index(done, get_num_groups(0), a);
  const struct zcl_tile tile = attention_i8_mma_part(group);
  uint largest[2];
  attention_i8_quantize_tokens_mma_values(o, inverse, columns, largest);
  const int warp = (int)get_local_id(0) / NVIDIA_WARP;
  // The heads that share a scale, and where they meet.
  const int sharing = a.heads / args.out.groups, scale_group = head / sharing;
  const int meet = place * args.out.groups + scale_group;
  attention_i8_quantize_tokens_mma_meet(lane, tile.rows, sharing,
                                        maxima + meet * MEETING_ROWS + warp * ATTENTION_ROWS_GPU,
                                        arrived + meet, largest);
  uint words_of[2][4];  // heads of 32 fill one
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const size_t row = tile.row + lane.g + 8 * r;
    float multiplier, scale;
    zcl_quant_scale(largest[r], &multiplier, &scale);
    if (head % sharing == 0 && lane.q == 0 && lane.g + 8 * r < tile.rows)
      scales[row * args.out.groups + scale_group] = scale;
    attention_i8_quantize_tokens_mma_codes(lane, o, r, columns, multiplier,
                                           row * (size_t)(a.heads * size) + head * size,
                                           size == 64 ? words_of[r] : words_of[0] + 2 * r);
  }
  // Heads of 64: an item gets a piece of 16 columns of each row; of 32: one of either row.
#pragma unroll
  for (int r = 0; r < size / 32; ++r) {
    const uint4 piece_words = attention_i8_quantize_tokens_mma_transpose(
        lane.q, (uint4)(words_of[r][0], words_of[r][1], words_of[r][2], words_of[r][3]));
    const int row = lane.g + 8 * (size == 64 ? r : lane.q / 2);
    const int piece = size == 64 ? lane.q : lane.q % 2;
    if (row < tile.rows)
      attention_i8_quantize_tokens_mma_store(piece_words, tile.row + row, head * size + 16 * piece,
                                             codes, args.out);
  }
}

// One kernel a head size: registers must be constants of it.
kernel __attribute__((reqd_work_group_size(ATTENTION_MMA_ITEMS, 1, 1))) void
attention_i8_quantize_tokens_mma(
    global const char* restrict q, global const float* restrict q_scales,
    global const char* restrict keys, global const float* restrict key_scales,
    global const char* restrict values, global const float* restrict value_scales,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const struct sequence_tile* restrict tiles, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct attention_i8_quantize_tokens_args args) {
  local uint4 memory[ATTENTION_I8_MMA_MEMORY];
  local int shared;
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  attention_i8_quantize_tokens_mma_run(64, memory, &shared, q, q_scales, cache, sequences,
                                       block_table, tiles, meeting, codes, scales, args);
}

kernel __attribute__((reqd_work_group_size(ATTENTION_MMA_ITEMS, 1, 1))) void
attention_i8_quantize_tokens_mma_d32(
    global const char* restrict q, global const float* restrict q_scales,
    global const char* restrict keys, global const float* restrict key_scales,
    global const char* restrict values, global const float* restrict value_scales,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const struct sequence_tile* restrict tiles, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct attention_i8_quantize_tokens_args args) {
  local uint4 memory[ATTENTION_I8_MMA_MEMORY];
  local int shared;
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  attention_i8_quantize_tokens_mma_run(32, memory, &shared, q, q_scales, cache, sequences,
                                       block_table, tiles, meeting, codes, scales, args);
}
