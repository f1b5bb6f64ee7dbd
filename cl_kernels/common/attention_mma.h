// What attention on NVIDIA's tensor cores does between its two products: softmax of a block of keys
// in the registers that the first one fills, which become factors of the second.
#pragma once

#include "abi/numerics.h"
#include "common/attention_i8_weights.h"
#include "common/elementary.h"
#include "common/nvidia_f16.h"
#include "common/nvidia_mma.h"
#include "common/nvidia_scale.h"

#define ATTENTION_MMA_GROUPS (KEY_BLOCK / 8)  // products of eight keys in a block

// A lane of a product's result owns rows g and g + 8, called 0 and 1, and of each eight keys or
// columns 2q and 2q + 1: elements [0], [1] of row 0, [2], [3] of row 1. Keys 2q and 2q + 1 are also
// two of sum8's lanes (attention_f16_n16f25). What is computed once a row, lanes with even q do for
// row 0 and odd for 1: the lane's row.
struct attention_mma_lane {
  int g, q;
  bool odd;
};

// The lane's row of two values, and the other.
#define ATTENTION_MMA_MINE(lane, v) ((lane).odd ? (v)[1] : (v)[0])
#define ATTENTION_MMA_OTHERS(lane, v) ((lane).odd ? (v)[0] : (v)[1])

// Both rows' values from those that the lanes have for their own rows.
static inline void attention_mma_share(const struct attention_mma_lane lane, const float mine,
                                       float* both) {
  const float other = nvidia_shuffle_xor(mine, 1);
  both[0] = lane.odd ? other : mine;
  both[1] = lane.odd ? mine : other;
}

// The largest x of the lane's row, NaN apart; NaN where all are, which makes a row NaN as -infinity
// does.
static inline float attention_mma_largest(const struct attention_mma_lane lane, float x[][4]) {
  float parts[4] = {x[0][0], x[0][1], x[0][2], x[0][3]};
#pragma unroll
  for (int j = 1; j < ATTENTION_MMA_GROUPS; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i) parts[i] = fmax(x[j][i], parts[i]);
  const float most[2] = {fmax(parts[0], parts[1]), fmax(parts[2], parts[3])};
  const float mine =
      fmax(ATTENTION_MMA_MINE(lane, most), nvidia_shuffle_xor(ATTENTION_MMA_OTHERS(lane, most), 1));
  return fmax(mine, nvidia_shuffle_xor(mine, 2));
}

// Weights p and factors f of NUMERICS.md 3.12 are pairs of f16 here: p * 2^-14, a whole multiple of
// f16's least number, 2^-24, and f * 2^9, at most 127 * 2^9. Their products are codes * 2^-5, which
// 1.5 * 2^5 rounds: beside it numbers of f16 are 2^-5 apart, and their low bytes are the codes.
// Sums of p are products with ones: 64 * 2^-14 at most, in units of 2^-24, so exact in floats.
#define ATTENTION_MMA_WEIGHT_LEVEL (SCORE_MAGIC + 14.0f)
#define ATTENTION_MMA_WEIGHT_UNIT 0x1p14f
#define ATTENTION_MMA_FACTOR_UNIT 0x1p9f
#define ATTENTION_MMA_CODE_MAGIC 0x52005200u
#define ATTENTION_MMA_ONES 0x3c003c00u

// What the values of a block give to rows that all see the same of its keys.
struct attention_mma_values {
  uint pair;    // factors f of keys 2 i and 2 i + 1 in lane i
  float scale;  // s
};

// Of the keys before `seen`. All lanes together.
static inline __attribute__((always_inline)) struct attention_mma_values attention_mma_values_of(
    const struct attention_mma_lane lane, const int seen, local const float* value_scales) {
  const int key = 2 * (4 * lane.g + lane.q);
  float2 of_pair = *(local const float2*)(value_scales + key);
  if (key >= seen) of_pair.x = 0.0f;
  if (key + 1 >= seen) of_pair.y = 0.0f;
  struct attention_mma_values out;
  float r;
  nvidia_quant_scale(nvidia_warp_max(max(zcl_abs_bits(of_pair.x), zcl_abs_bits(of_pair.y))), &r,
                     &out.scale);
  r *= ATTENTION_MMA_FACTOR_UNIT;
  out.pair = nvidia_halves_down(of_pair.x * r, of_pair.y * r);
  return out;
}

// ATTENTION_MMA_FACTOR_UNIT * r and s of the lane's row, which sees seen[row] keys of the block.
static inline __attribute__((always_inline)) void attention_mma_value_scale(
    const struct attention_mma_lane lane, const int* seen, local const float* value_scales,
    float* multiplier, float* scale_of_row) {
  uint most[2] = {0, 0};
#pragma unroll
  for (int j = 0; j < ATTENTION_MMA_GROUPS; ++j) {
    const int key = 8 * j + 2 * lane.q;
    const float2 scale = *(local const float2*)(value_scales + key);
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      if (key < seen[row]) most[row] = max(most[row], zcl_abs_bits(scale.x));
      if (key + 1 < seen[row]) most[row] = max(most[row], zcl_abs_bits(scale.y));
    }
  }
  uint mine = max(ATTENTION_MMA_MINE(lane, most),
                  nvidia_shuffle_xor_bits(ATTENTION_MMA_OTHERS(lane, most), 1));
  mine = max(mine, nvidia_shuffle_xor_bits(mine, 2));
  nvidia_quant_scale(mine, multiplier, scale_of_row);
  *multiplier *= ATTENTION_MMA_FACTOR_UNIT;
}

// The pair of keys of group j as f16 factors of a row, not `full`: of a row that sees `seen` keys.
static inline uint attention_mma_share_of(const struct attention_mma_lane lane, const int j,
                                          const int seen, local const float* value_scales,
                                          const float multiplier) {
  const int key = 8 * j + 2 * lane.q;
  const float2 scale = *(local const float2*)(value_scales + key);
  return nvidia_halves_down(key < seen ? scale.x * multiplier : 0.0f,
                            key + 1 < seen ? scale.y * multiplier : 0.0f);
}

// Codes e of the weights of scores x, [row][4], each word four keys in the order of
// KV_GPU_I8_VALUE: the factors of the second product. Returns the sum of p of the lane's row. a and
// `shift`, and of rows that are not `alike` `multiplier`, are both rows'.
static inline __attribute__((always_inline)) float attention_mma_weights(
    const struct attention_mma_lane lane, const bool full, const bool alike, const int* seen,
    const float* a, const float* shift, const float* multiplier, local const float* value_scales,
    const uint pair, float x[][4], uint e[][4]) {
  float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
  for (int w = 0; w < ATTENTION_MMA_GROUPS / 2; ++w) {
    uint p[4], code[4];  // two groups of keys, of both rows
    uint shares[2] = {0, 0};
    if (alike) {
      shares[0] = nvidia_column_shuffle(pair, 2 * w);
      shares[1] = nvidia_column_shuffle(pair, 2 * w + 1);
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int j = 2 * w + i / 2, row = i % 2, key = 8 * j + 2 * lane.q;
      float v[2];
#pragma unroll
      for (int k = 0; k < 2; ++k) {
        v[k] = nvidia_exp2(fma(x[j][2 * row + k], a[row], shift[row]) - ATTENTION_MMA_WEIGHT_LEVEL);
        if (!full && key + k >= seen[row]) v[k] = 0.0f;
      }
      p[i] = nvidia_halves(v[0], v[1]);
      code[i] = nvidia_fma_halves(
          p[i],
          alike ? shares[i / 2]
                : attention_mma_share_of(lane, j, seen[row], value_scales, multiplier[row]),
          ATTENTION_MMA_CODE_MAGIC);
    }
    nvidia_mma_f16(p, ATTENTION_MMA_ONES, ATTENTION_MMA_ONES, sums, sums);
    e[0][w] = nvidia_even_bytes(code[0], code[2]);
    e[1][w] = nvidia_even_bytes(code[1], code[3]);
  }
  return (lane.odd ? sums[2] : sums[0]) * ATTENTION_MMA_WEIGHT_UNIT;
}

// A block's part of the lane's row.
struct attention_mma_part {
  float level, total, scale;  // mu, lb and s
};

// Scores x become codes e of their weights. a: the factors of both rows. Not `full`: keys from
// seen[row] on are not there. `alike`: both rows see the same, and `values` are theirs.
static inline __attribute__((always_inline)) struct attention_mma_part attention_mma_block(
    const struct attention_mma_lane lane, const bool full, const bool alike, const int* seen,
    const float* a, local const float* value_scales, const struct attention_mma_values values,
    float x[][4], uint e[][4]) {
  struct attention_mma_part part;
  part.scale = values.scale;
  float both_shifts[2], multipliers[2] = {0.0f, 0.0f};
  if (!full) {
#pragma unroll
    for (int j = 0; j < ATTENTION_MMA_GROUPS; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        if (8 * j + 2 * lane.q + i % 2 >= seen[i / 2]) x[j][i] = -INFINITY;
  }
  if (!alike) {
    float multiplier;
    attention_mma_value_scale(lane, seen, value_scales, &multiplier, &part.scale);
    attention_mma_share(lane, multiplier, multipliers);
  }
  const float shift =
      attention_i8_shift(attention_mma_largest(lane, x), ATTENTION_MMA_MINE(lane, a));
  attention_mma_share(lane, shift, both_shifts);
  part.level = SCORE_MAGIC - shift;
  part.total = attention_mma_weights(lane, full, alike, seen, a, both_shifts, multipliers,
                                     value_scales, values.pair, x, e);
  return part;
}

// A block joins its row: m and l of the lane's row go on; old and gain, of both rows, are the
// factors of attention_mma_join.
static inline __attribute__((always_inline)) void attention_mma_advance(
    const struct attention_mma_lane lane, const struct attention_mma_part part, float* m, float* l,
    float* old, float* gain) {
  // One of exp2(m - top) and exp2(level - top) is 1, top being the larger; or the row is NaN
  // anyway: so are the weights of a block whose level is NaN.
  const float step = zcl_exp2(-fabs(*m - part.level));
  const float before = part.level > *m ? step : 1.0f, fresh = part.level > *m ? 1.0f : step;
  *m = fmax(part.level, *m);
  *l = fma(*l, before, part.total * fresh);
  attention_mma_share(lane, before, old);
  attention_mma_share(lane, attention_i8_gain(part.scale * fresh), gain);
}

// o of a column. `sum`: of its products, begun at ROUND_MAGIC_BITS, so that its bits are a float,
// exact below 2^22: D * 127 * 127 and KEY_BLOCK * 127 * 127 are.
static inline float attention_mma_join(const float o, const float old, const int sum,
                                       const float gain) {
  return attention_i8_join(o, old, as_float(sum), gain);
}
