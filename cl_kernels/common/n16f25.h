// The fused sum of Hopper's float tensor cores (NUMERICS.md 1.11), emulated: a tensor core does in
// one instruction what takes some hundred here.
//
// Factors come as floats with their exponents. A product of two f16 is exact in f32, so truncating
// it to a multiple of 2^(e - 25) is converting product * 2^(25 - e) to an integer. Sixteen such
// integers stay below 2^31 together; the accumulator's comes on top as an unsigned magnitude.
#pragma once

#include "abi/numerics.h"
#include "common/f16.h"

#define N16F25_ZERO (-1000)  // the exponent of a zero: never the largest of what takes part
#define N16F25_SPECIAL 3000  // of infinity and NaN; beside a zero too they stand out
#define N16F25_FROM_SPECIAL 128
#define N16F25_NOTHING (-200)  // exponents of real addends are larger
#define N16F25_LEAST (-100)    // keeps 2^(25 - e) finite; products are larger

// The exponent of a factor; `least` is that of the smallest normal number: -14, or -126 for f32.
#define N16F25_EXPONENT(bits, least, INT) \
  ((bits) == 0 ? (INT)(N16F25_ZERO)       \
   : (bits) >= (int)INFINITY_BITS         \
       ? (INT)(N16F25_SPECIAL)            \
       : max(((bits) >> FLOAT_FRACTION_BITS) - FLOAT_BIAS, (INT)(least)))
static inline int zcl_n16f25_exponent(const float v) {
  const int bits = as_int(v) & (int)ABS_MASK;
  return N16F25_EXPONENT(bits, -14, int);
}
static inline int16 zcl_n16f25_exponent_16(const float16 v) {
  const int16 bits = as_int16(v) & (int)ABS_MASK;
  return N16F25_EXPONENT(bits, -14, int16);
}

// One fused sum for each lane: acc + x[i] * w[i], i < count <= 16. xe, we: exponents. The same text
// for one lane and for 16.
#define N16F25_SUM(INT, UINT, FLOAT, AS_FLOAT, CONVERT_INT, CONVERT_FLOAT, ANY)        \
  INT e = N16F25_ZERO;                                                                 \
  for (int i = 0; i < count; ++i) e = max(e, we[i] + xe[i]);                           \
  const INT acc_bits = acc_as_int & (int)ABS_MASK;                                     \
  const INT acc_e = N16F25_EXPONENT(acc_bits, -126, INT);                              \
  const INT alone = e < N16F25_NOTHING;                                                \
  e = max(max(e, acc_e), (INT)(N16F25_LEAST));                                         \
  const INT special = e >= N16F25_FROM_SPECIAL;                                        \
  FLOAT plain = acc + 0.0f;                                                            \
  if (ANY(special))                                                                    \
    for (int i = 0; i < count; ++i) plain += x[i] * w[i];                              \
  e = min(e, (INT)(FLOAT_BIAS));                                                       \
  const FLOAT scale = AS_FLOAT((N16F25_BITS - e + FLOAT_BIAS) << FLOAT_FRACTION_BITS); \
  const FLOAT unit = AS_FLOAT((e - N16F25_BITS + FLOAT_BIAS) << FLOAT_FRACTION_BITS);  \
  INT sum = 0;                                                                         \
  for (int i = 0; i < count; ++i) sum += CONVERT_INT(w[i] * scale * x[i]);             \
  const INT from_acc = CONVERT_INT(acc * scale);                                       \
  /* Of one sign, the two may pass 2^31 together, but not 2^32. */                     \
  const INT total = sum + from_acc;                                                    \
  const INT negative = (sum ^ from_acc) >= 0 ? sum < 0 : total < 0;                    \
  const UINT magnitude = N16F25_AS_UINT(negative ? -total : total);                    \
  const UINT dropped = N16F25_DROPPED(magnitude);                                      \
  const FLOAT value = CONVERT_FLOAT(magnitude >> dropped << dropped) * unit;           \
  const FLOAT result = negative ? -value : value;                                      \
  return alone || special ? plain : result;

// Bits beyond the 24 that a float holds.
#define N16F25_AS_UINT as_uint
#define N16F25_DROPPED(v) (uint) max(8 - (int)clz(v), 0)
static inline float zcl_n16f25_sum(const float* w, const int* we, const float* x, const int* xe,
                                   const int count, const float acc) {
  const int acc_as_int = as_int(acc);
#define N16F25_ONE(v) (v)
  N16F25_SUM(int, uint, float, as_float, convert_int, convert_float, N16F25_ONE)
}
#undef N16F25_AS_UINT
#undef N16F25_DROPPED
#define N16F25_AS_UINT as_uint16
#define N16F25_DROPPED(v) as_uint16(max(8 - as_int16(clz(v)), (int16)(0)))
static inline float16 zcl_n16f25_sum_16(const float16* w, const int16* we, const float* x,
                                        const int* xe, const int count, const float16 acc) {
  const int16 acc_as_int = as_int16(acc);
  N16F25_SUM(int16, uint16, float16, as_float16, convert_int16, convert_float16, any)
}
#undef N16F25_AS_UINT
#undef N16F25_DROPPED
