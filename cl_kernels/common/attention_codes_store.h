// Codes of a head's outputs, whose rows' largest magnitudes are known: from local memory to global.
#pragma once

#include "abi/layouts.h"
#include "common/attention_codes_unit.h"
#include "common/elementary.h"

#define ATTENTION_CODES_TILES (ATTENTION_MMA_SIZE / 8)  // products of eight columns

// Codes of row `r` of the item's two, its columns 2q and 2q + 1 of each eight: a word for each 16.
static inline __attribute__((always_inline)) void attention_codes_of_row(
    const struct attention_mma_lane lane, float o[][4], const int r, const int tiles,
    const float multiplier, const size_t at, uint* words) {
  const uint kept = multiplier == 0.0f ? 0 : 0xffffffff;  // else codes of NaN are 0, too
#pragma unroll
  for (int p = 0; p < tiles / 2; ++p) {
    uint codes[4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      codes[i] = ZCL_ELEMENT_I(ZCL_CODE_BITS(o[2 * p + i / 2][2 * r + i % 2], multiplier),
                               at + 16 * p + 8 * (i / 2) + 2 * lane.q + i % 2);
    words[p] = nvidia_low_bytes(codes[0], codes[1], codes[2], codes[3]) & kept;
  }
}

// Stores 16 codes of a row from column k on (unsigned: no upper halves to compute): words of four
// items, each two of the first eight columns and two of the others.
static inline void attention_codes_store_piece(const uint4 words, const uint row, const int k,
                                               global char* codes,
                                               const struct quantize_output out) {
  uint first, second, third, fourth;
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(first) : "r"(words.x), "r"(words.y));
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(second) : "r"(words.z), "r"(words.w));
  asm("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(third) : "r"(words.x), "r"(words.y));
  asm("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(fourth) : "r"(words.z), "r"(words.w));
  *(global uint4*)(codes + CODES_INDEX(out.layout, row, (uint)k, (uint)out.stride)) =
      (uint4)(first, second, third, fourth);
}

// Codes of a unit, the largest magnitudes of whose rows are `found`; y in `values`, each item's
// own.
static inline __attribute__((always_inline)) void attention_codes_finish(
    const struct attention_mma_lane lane, const int size,
    local const struct attention_codes_unit* u, local const uint* found,
    local const float4 (*values)[ATTENTION_MMA_ITEMS], global char* codes, global float* scales,
    const struct attention_i8_quantize_tokens_args args) {
  const int columns = size / 8, item = attention_i8_mma_item(), warp = item / NVIDIA_WARP;
  const struct zcl_tile tile = attention_i8_mma_part(attention_codes_group(u));
  const int head = u->head, row0 = (int)tile.row, width = args.attention.heads * size;
  float y[ATTENTION_CODES_TILES][4];
#pragma unroll
  for (int n = 0; n < ATTENTION_CODES_TILES; ++n) {
    if (n >= columns) continue;
    const float4 of_columns = values[n][item];
    y[n][0] = of_columns.x, y[n][1] = of_columns.y, y[n][2] = of_columns.z, y[n][3] = of_columns.w;
  }
  // The division of the lane's row; the other row's comes from its neighbour.
  const int of_lane = lane.g + (lane.odd ? 8 : 0);
  float multiplier, scale, multipliers[2];
  zcl_quant_scale(found[warp * ATTENTION_ROWS_GPU + of_lane], &multiplier, &scale);
  attention_mma_share(lane, multiplier, multipliers);
  if (u->member == 0 && lane.q < 2 && of_lane < tile.rows)
    scales[(long)(row0 + of_lane) * args.out.groups + u->group] = scale;
  uint words_of[2][4];  // heads of 32 fill one
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const long row = row0 + lane.g + 8 * r;
    attention_codes_of_row(lane, y, r, columns, multipliers[r], (size_t)(row * width) + head * size,
                           size == 64 ? words_of[r] : words_of[0] + 2 * r);
  }
  // Heads of 64: an item gets a piece of 16 columns of each row; of 32: one of either row.
#pragma unroll
  for (int r = 0; r < size / 32; ++r) {
    const uint4 piece_words = nvidia_quad_exchange(
        (uint4)(words_of[r][0], words_of[r][1], words_of[r][2], words_of[r][3]), lane.q);
    const int row = lane.g + 8 * (size == 64 ? r : lane.q / 2);
    const int piece = size == 64 ? lane.q : lane.q % 2;
    if (row < tile.rows)
      attention_codes_store_piece(piece_words, (uint)(row0 + row), head * size + 16 * piece, codes,
                                  args.out);
  }
}
