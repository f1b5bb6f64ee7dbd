// What attention on NVIDIA's tensor cores does between its two products: softmax of a block of keys
// in the registers that the first one fills, which become factors of the second.
#pragma once

#include "abi/numerics.h"
#include "common/elementary.h"
#include "common/nvidia_mma.h"

#define ATTENTION_MMA_GROUPS (KEY_BLOCK / 8)  // products of eight keys in a block

// A lane of a product's result owns rows g and g + 8, called 0 and 1, and of each eight keys or
// columns 2q and 2q + 1: elements [0], [1] of row 0, [2], [3] of row 1. Keys 2q and 2q + 1 are also
// two of sum8's lanes. What is computed once a row, lanes with even q do for row 0 and odd for 1:
// the lane's row.
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

// The float of a sum that started at ROUND_MAGIC_BITS, exact below 2^22: D * 127 * 127 and
// KEY_BLOCK * 127 * 127 are. One addition; conversions have an eighth of its rate.
static inline float attention_mma_float(const int sum) {
  return as_float(sum) - ROUND_MAGIC;
}

// The largest x of the lane's row, NaN apart, and of both rows.
static inline float attention_mma_largest(const struct attention_mma_lane lane, float x[][4],
                                          float* both) {
  float parts[4] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
#pragma unroll
  for (int j = 0; j < ATTENTION_MMA_GROUPS; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i) parts[i] = fmax(x[j][i], parts[i]);
  const float most[2] = {fmax(parts[0], parts[1]), fmax(parts[2], parts[3])};
  float mine =
      fmax(ATTENTION_MMA_MINE(lane, most), nvidia_shuffle_xor(ATTENTION_MMA_OTHERS(lane, most), 1));
  mine = fmax(mine, nvidia_shuffle_xor(mine, 2));
  attention_mma_share(lane, mine, both);
  return mine;
}

// Weights w in place of x; returns sum8 of p and gives the largest |w|, both of the lane's row. Not
// `full`: keys from seen[row] on are not there. exp2_finite makes FLT_MAX or more of a NaN, whose
// bits are 0x7fffffff here, so that a sum tells it: weights are at most 1.
static inline __attribute__((always_inline)) float attention_mma_weights(
    const struct attention_mma_lane lane, const bool full, const int* seen, const float* largest,
    local const float* value_scales, float x[][4], uint* absmax) {
  float lanes[4] = {0.0f, 0.0f, 0.0f, 0.0f}, sum[2];
  uint most[2] = {0, 0};  // weights are not negative: their bits order them, NaN above all
#pragma unroll
  for (int step = 0; step < ATTENTION_MMA_GROUPS; step += 2) {
    // Eight powers side by side: one after another, each would wait for its own chain of sums.
    const int pair[2] = {ZCL_ORDER(step, ATTENTION_MMA_GROUPS),
                         ZCL_ORDER(step + 1, ATTENTION_MMA_GROUPS)};
    float p[8];
#pragma unroll
    for (int i = 0; i < 8; ++i)
      p[i] = nvidia_max_nan(x[pair[i / 4]][i % 4] - largest[i % 4 / 2], EXP2_MIN);
    vstore8(zcl_exp2_finite_8(vload8(0, p)), 0, p);
#pragma unroll
    for (int half_of = 0; half_of < 2; ++half_of) {
      const int j = pair[half_of];
      const float2 scale = *(local const float2*)(value_scales + 8 * j + 2 * lane.q);
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const bool there = full || 8 * j + 2 * lane.q + i % 2 < seen[i / 2];
        const float weight = there ? p[4 * half_of + i] : 0.0f;
        const float w = weight * (i % 2 ? scale.y : scale.x);
        x[j][i] = there ? w : 0.0f;
        lanes[i] += weight;
      }
      // Three numbers at once.
      most[0] = max(max(as_uint(x[j][0]), as_uint(x[j][1])), most[0]);
      most[1] = max(max(as_uint(x[j][2]), as_uint(x[j][3])), most[1]);
    }
  }
  sum[0] = lanes[0] + lanes[1];
  sum[1] = lanes[2] + lanes[3];
  float total =
      ATTENTION_MMA_MINE(lane, sum) + nvidia_shuffle_xor(ATTENTION_MMA_OTHERS(lane, sum), 1);
  total += nvidia_shuffle_xor(total, 2);
  uint mine = max(ATTENTION_MMA_MINE(lane, most),
                  nvidia_shuffle_xor_bits(ATTENTION_MMA_OTHERS(lane, most), 1));
  mine = max(mine, nvidia_shuffle_xor_bits(mine, 2));
  const bool poisoned = !(total <= 2.0f * KEY_BLOCK);
  *absmax = poisoned ? CANONICAL_NAN_BITS : mine;
  return poisoned ? as_float(CANONICAL_NAN_BITS) : total;
}

// A block's weights as codes e [row][4], each word four keys in the order of KV_GPU_I8_VALUE: the
// factors of the second product. `r`: reciprocals of both rows' scales.
static inline __attribute__((always_inline)) void attention_mma_codes(float x[][4], const float* r,
                                                                      uint e[][4]) {
  // Where r is 0, w * r is 0, or NaN in a row that its scale makes NaN whatever the codes.
#pragma unroll
  for (int w = 0; w < 4; ++w)
#pragma unroll
    for (int row = 0; row < 2; ++row)
      e[row][w] = nvidia_low_bytes(ZCL_CODE_BITS(x[2 * w][2 * row], r[row]),
                                   ZCL_CODE_BITS(x[2 * w][2 * row + 1], r[row]),
                                   ZCL_CODE_BITS(x[2 * w + 1][2 * row], r[row]),
                                   ZCL_CODE_BITS(x[2 * w + 1][2 * row + 1], r[row]));
}

// Scores x become codes e of their weights. m and l of the lane's row go on; old and gain are the
// factors of o = fma(o, old, O * gain).
static inline __attribute__((always_inline)) void attention_mma_softmax(
    const struct attention_mma_lane lane, const bool full, int* seen,
    local const float* value_scales, float x[][4], uint e[][4], float* m, float* l, float* old,
    float* gain) {
  if (!full) {
#pragma unroll
    for (int j = 0; j < ATTENTION_MMA_GROUPS; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        if (8 * j + 2 * lane.q + i % 2 >= seen[i / 2]) x[j][i] = -INFINITY;
  }
  float largest[2], r[2];
  const float mine = attention_mma_largest(lane, x, largest);
  // One of exp2(m - top) and exp2(mine - top) is 1, top being the larger; or the row is NaN anyway:
  // an infinite largest score makes a weight of its block NaN.
  const float step = zcl_exp2(-fabs(*m - mine));
  const float before = mine > *m ? step : 1.0f, fresh = mine > *m ? 1.0f : step;
  *m = fmax(mine, *m);
  uint absmax;
  const float total = attention_mma_weights(lane, full, seen, largest, value_scales, x, &absmax);
  float multiplier, scale;
  zcl_quant_scale(absmax, &multiplier, &scale);
  *l = fma(*l, before, total * fresh);
  attention_mma_share(lane, before, old);
  attention_mma_share(lane, ZCL_SCALE(scale * fresh), gain);
  attention_mma_share(lane, multiplier, r);
  attention_mma_codes(x, r, e);
}
