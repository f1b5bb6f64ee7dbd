// The steps of attention_i8 between its products (NUMERICS.md 3.12) for float and float8. NVIDIA's
// kernels compute weights and factors of their own (attention_mma.h), and the rest by these.
#pragma once

#include "common/elementary.h"

// x rounded to a multiple of 2^-10.
#ifdef ZCL_INJECT_ROUNDING
#define ATTENTION_ROUND(x) (ZCL_RINT((x)*0x1p10f) * 0x1p-10f)
#else
#define ATTENTION_ROUND(x) (((x) + WEIGHT_MAGIC) - WEIGHT_MAGIC)
#endif

#define DEFINE_ATTENTION_WEIGHTS(S, F, U, AS_F, AS_U)                                  \
  /* t of a key: `sum` is ROUND_MAGIC more than that of its products */                \
  static inline F attention_i8_score##S(const F sum, const float key_scale) {          \
    return fma(sum, (F)(key_scale), (F)(-(ROUND_MAGIC * key_scale)));                  \
  }                                                                                    \
  /* K: NaN where scores would leave their grid */                                     \
  static inline F attention_i8_shift##S(const F largest, const F a) {                  \
    const F shift = fma(-largest, a, (F)(SCORE_MAGIC));                                \
    return fabs(shift) < (F)(SCORE_LIMIT) ? shift : (F)(as_float(CANONICAL_NAN_BITS)); \
  }                                                                                    \
  static inline F attention_i8_weight##S(const F score, const F a, const F shift) {    \
    return ATTENTION_ROUND(zcl_exp2##S(fma(score, a, shift) - (F)(SCORE_MAGIC)));      \
  }                                                                                    \
  /* A value's share of a weight of 1, in codes. */                                    \
  static inline F attention_i8_factor##S(const float value_scale, const F r) {         \
    return AS_F(AS_U(value_scale * r) & VALUE_FACTOR_MASK);                            \
  }                                                                                    \
  static inline F attention_i8_gain##S(const F scale) {                                \
    return AS_F(AS_U(scale) & GAIN_MASK);                                              \
  }                                                                                    \
  /* o of a column: `sum` is ROUND_MAGIC more than that of its products */             \
  static inline F attention_i8_join##S(const F o, const float old, const F sum,        \
                                       const float gain) {                             \
    const float g = ZCL_SCALE(gain);                                                   \
    return fma(sum, (F)(g), fma(o, (F)(old), (F)(-(ROUND_MAGIC * g))));                \
  }

DEFINE_ATTENTION_WEIGHTS(, float, uint, as_float, as_uint)
DEFINE_ATTENTION_WEIGHTS(_8, float8, uint8, as_float8, as_uint8)
