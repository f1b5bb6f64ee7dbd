// Elementary functions that give the same bits on every device (NUMERICS.md section 2, which also
// has their errors): + - * fma and integer operations alone, one division in tanh and in rsqrt.
// Each exists for float, float8 (suffix _8) and float16 (suffix _16): PoCL's CPU kernels need
// explicit vectors. The reference writes them down again, independently.
#pragma once

#include "abi/numerics.h"
#include "common/numeric.h"

// S: suffix, F: floats, I: ints of the same width, AS_F and AS_I: bits of one as the other.
#define ZCL_DEFINE_ELEMENTARY(S, F, I, AS_F, AS_I)                                               \
  /* 2^f, f in [-1/2, 1/2] */                                                                    \
  static inline F zcl_exp2_polynomial##S(F f) {                                                  \
    F p = fma((F)(EXP2_C5), f, (F)(EXP2_C4));                                                    \
    p = fma(p, f, (F)(EXP2_C3));                                                                 \
    p = fma(p, f, (F)(EXP2_C2));                                                                 \
    p = fma(p, f, (F)(EXP2_C1));                                                                 \
    return fma(p, f, (F)(1.0f));                                                                 \
  }                                                                                              \
  /* 2^y, y in [-126, 128) and no NaN: the exponent is added to the bits of 2^f */               \
  static inline F zcl_exp2_finite##S(F y) {                                                      \
    const F t = y + (F)(ROUND_MAGIC);                                                            \
    const F f = y - (t - (F)(ROUND_MAGIC));                                                      \
    return AS_F(AS_I(zcl_exp2_polynomial##S(f)) + (AS_I(t) << FLOAT_FRACTION_BITS));             \
  }                                                                                              \
  /* 2^y for y < 127.5, not below 2^-126; a product with 2^n, since NaN must stay NaN */         \
  static inline F zcl_exp2##S(F y) {                                                             \
    y = y < (F)(EXP2_MIN) ? (F)(EXP2_MIN) : y;                                                   \
    const F t = y + (F)(ROUND_MAGIC);                                                            \
    const F f = y - (t - (F)(ROUND_MAGIC));                                                      \
    const I power = (AS_I(t) << FLOAT_FRACTION_BITS) + (FLOAT_BIAS << FLOAT_FRACTION_BITS);      \
    return zcl_exp2_polynomial##S(f) * AS_F(power);                                              \
  }                                                                                              \
  /* e^x, 2^n in two factors: overflow and gradual underflow come of themselves */               \
  static inline F zcl_exp##S(F x) {                                                              \
    x = x > (F)(EXP_MAX) ? (F)(EXP_MAX) : x;                                                     \
    x = x < (F)(EXP_MIN) ? (F)(EXP_MIN) : x;                                                     \
    const F t = fma(x, (F)(LOG2E), (F)(ROUND_MAGIC));                                            \
    const F f = fma(x, (F)(LOG2E_LO), fma(x, (F)(LOG2E), (F)(ROUND_MAGIC) - t));                 \
    const I n = AS_I(t) - ROUND_MAGIC_BITS;                                                      \
    const I n1 = n >> 1;                                                                         \
    const F factor = AS_F((n1 + FLOAT_BIAS) << FLOAT_FRACTION_BITS);                             \
    const F rest = AS_F((n - n1 + FLOAT_BIAS) << FLOAT_FRACTION_BITS);                           \
    return zcl_exp2_polynomial##S(f) * factor * rest;                                            \
  }                                                                                              \
  static inline F zcl_tanh##S(F x) {                                                             \
    const F z = fabs(x);                                                                         \
    const F u = z * z;                                                                           \
    F p = fma((F)(TANH_C4), u, (F)(TANH_C3));                                                    \
    p = fma(p, u, (F)(TANH_C2));                                                                 \
    p = fma(p, u, (F)(TANH_C1));                                                                 \
    p = fma(p, u, (F)(TANH_C0));                                                                 \
    const F small = fma(z * u, p, z);                                                            \
    const F c = z < (F)(TANH_MAX) ? z : (F)(TANH_MAX);                                           \
    const F e = zcl_exp2_finite##S(c * (F)(TWO_LOG2E));                                          \
    const F large = (F)(1.0f) - (F)(2.0f) / (e + (F)(1.0f));                                     \
    return copysign(z >= (F)(TANH_SMALL) ? large : small, x); /* NaN takes `small` */            \
  }                                                                                              \
  /* erfc(z / sqrt(2)) / 2, z in [0, ERFC_TAIL_MAX] */                                           \
  static inline F zcl_erfc_tail##S(F z) {                                                        \
    F p = fma((F)(ERFC_TAIL_C6), z, (F)(ERFC_TAIL_C5));                                          \
    p = fma(p, z, (F)(ERFC_TAIL_C4));                                                            \
    p = fma(p, z, (F)(ERFC_TAIL_C3));                                                            \
    p = fma(p, z, (F)(ERFC_TAIL_C2));                                                            \
    p = fma(p, z, (F)(ERFC_TAIL_C1));                                                            \
    return zcl_exp2_finite##S(fma(p, z, (F)(-1.0f)));                                            \
  }                                                                                              \
  /* (1 - tanh(sqrt(2/pi) (z + 0.044715 z^3))) / 2, z in [0, TANH_TAIL_MAX] */                   \
  static inline F zcl_tanh_tail##S(F z) {                                                        \
    F p = fma((F)(TANH_TAIL_C8), z, (F)(TANH_TAIL_C7));                                          \
    p = fma(p, z, (F)(TANH_TAIL_C6));                                                            \
    p = fma(p, z, (F)(TANH_TAIL_C5));                                                            \
    p = fma(p, z, (F)(TANH_TAIL_C4));                                                            \
    p = fma(p, z, (F)(TANH_TAIL_C3));                                                            \
    p = fma(p, z, (F)(TANH_TAIL_C2));                                                            \
    p = fma(p, z, (F)(TANH_TAIL_C1));                                                            \
    return zcl_exp2_finite##S(fma(p, z, (F)(-1.0f)));                                            \
  }                                                                                              \
  /* gelu(x) = max(x, 0) - |x| tail(|x|). NaN stays in z, so the product is NaN whatever the tail\
     makes of it. `x > 0 ? x : 0` and not `x < 0 ? 0 : x`: compilers turn either into a maximum  \
     instruction, which gives +0 for -0 as only the first form does. */                          \
  static inline F zcl_gelu_erf##S(F x) {                                                         \
    const F a = fabs(x);                                                                         \
    const F z = a > (F)(ERFC_TAIL_MAX) ? (F)(ERFC_TAIL_MAX) : a;                                 \
    return fma(-z, zcl_erfc_tail##S(z), x > (F)(0.0f) ? x : (F)(0.0f));                          \
  }                                                                                              \
  static inline F zcl_gelu_tanh##S(F x) {                                                        \
    const F a = fabs(x);                                                                         \
    const F z = a > (F)(TANH_TAIL_MAX) ? (F)(TANH_TAIL_MAX) : a;                                 \
    return fma(-z, zcl_tanh_tail##S(z), x > (F)(0.0f) ? x : (F)(0.0f));                          \
  }                                                                                              \
  /* (Phi(z) - 1/2) / z of gelu_coarse, z = |x|, in either form */                               \
  static inline F zcl_coarse_erf_slope##S(F z) {                                                 \
    F p = fma((F)(COARSE_ERF_C5), z, (F)(COARSE_ERF_C4));                                        \
    p = fma(p, z, (F)(COARSE_ERF_C3));                                                           \
    p = fma(p, z, (F)(COARSE_ERF_C2));                                                           \
    p = fma(p, z, (F)(COARSE_ERF_C1));                                                           \
    return fma(p, z, (F)(COARSE_ERF_C0));                                                        \
  }                                                                                              \
  static inline F zcl_coarse_tanh_slope##S(F z) {                                                \
    F p = fma((F)(COARSE_TANH_C5), z, (F)(COARSE_TANH_C4));                                      \
    p = fma(p, z, (F)(COARSE_TANH_C3));                                                          \
    p = fma(p, z, (F)(COARSE_TANH_C2));                                                          \
    p = fma(p, z, (F)(COARSE_TANH_C1));                                                          \
    return fma(p, z, (F)(COARSE_TANH_C0));                                                       \
  }                                                                                              \
  /* v kept within 0 and 1; NaN: +0. Maximum and minimum instructions give these bits, too. */   \
  static inline F zcl_unit##S(F v) {                                                             \
    const F positive = v > (F)(0.0f) ? v : (F)(0.0f);                                            \
    return positive < (F)(1.0f) ? positive : (F)(1.0f);                                          \
  }                                                                                              \
  static inline F zcl_gelu_coarse_erf##S(F x) {                                                  \
    return x * zcl_unit##S(fma(x, zcl_coarse_erf_slope##S(fabs(x)), (F)(0.5f)));                 \
  }                                                                                              \
  static inline F zcl_gelu_coarse_tanh##S(F x) {                                                 \
    return x * zcl_unit##S(fma(x, zcl_coarse_tanh_slope##S(fabs(x)), (F)(0.5f)));                \
  }                                                                                              \
  /* likewise of gelu_fine */                                                                    \
  static inline F zcl_fine_erf_slope##S(F z) {                                                   \
    F p = fma((F)(FINE_ERF_C8), z, (F)(FINE_ERF_C7));                                            \
    p = fma(p, z, (F)(FINE_ERF_C6));                                                             \
    p = fma(p, z, (F)(FINE_ERF_C5));                                                             \
    p = fma(p, z, (F)(FINE_ERF_C4));                                                             \
    p = fma(p, z, (F)(FINE_ERF_C3));                                                             \
    p = fma(p, z, (F)(FINE_ERF_C2));                                                             \
    p = fma(p, z, (F)(FINE_ERF_C1));                                                             \
    return fma(p, z, (F)(FINE_ERF_C0));                                                          \
  }                                                                                              \
  static inline F zcl_fine_tanh_slope##S(F z) {                                                  \
    F p = fma((F)(FINE_TANH_C8), z, (F)(FINE_TANH_C7));                                          \
    p = fma(p, z, (F)(FINE_TANH_C6));                                                            \
    p = fma(p, z, (F)(FINE_TANH_C5));                                                            \
    p = fma(p, z, (F)(FINE_TANH_C4));                                                            \
    p = fma(p, z, (F)(FINE_TANH_C3));                                                            \
    p = fma(p, z, (F)(FINE_TANH_C2));                                                            \
    p = fma(p, z, (F)(FINE_TANH_C1));                                                            \
    return fma(p, z, (F)(FINE_TANH_C0));                                                         \
  }                                                                                              \
  static inline F zcl_gelu_fine_erf##S(F x) {                                                    \
    return x * zcl_unit##S(fma(x, zcl_fine_erf_slope##S(fabs(x)), (F)(0.5f)));                   \
  }                                                                                              \
  static inline F zcl_gelu_fine_tanh##S(F x) {                                                   \
    return x * zcl_unit##S(fma(x, zcl_fine_tanh_slope##S(fabs(x)), (F)(0.5f)));                  \
  }                                                                                              \
  static inline F zcl_relu##S(F x) { return x <= (F)(0.0f) ? (F)(0.0f) : x; }                    \
  static inline F zcl_rsqrt##S(F v) { return (F)(1.0f) / sqrt(v); }

ZCL_DEFINE_ELEMENTARY(, float, int, as_float, as_int)
ZCL_DEFINE_ELEMENTARY(_8, float8, int8, as_float8, as_int8)
ZCL_DEFINE_ELEMENTARY(_16, float16, int16, as_float16, as_int16)
