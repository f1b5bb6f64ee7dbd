// The rules of NUMERICS.md section 1 as device functions. Every kernel includes this file, if only
// for the pragma. Suffixes _8 and _16: the same on float8 and float16.
#pragma once

#include "abi/numerics.h"
#include "common/inject.h"

// By default OpenCL C may turn a * b + c into an fma, which rounds once instead of twice.
#pragma OPENCL FP_CONTRACT OFF

// |x| as an integer (1.6). The largest of these is the absolute maximum in any order, and NaN or
// infinity show as >= INFINITY_BITS, where fmax would swallow a NaN.
static inline uint zcl_abs_bits(float x) { return as_uint(x) & ABS_MASK; }
static inline uint8 zcl_abs_bits_8(float8 x) { return as_uint8(x) & ABS_MASK; }
static inline uint16 zcl_abs_bits_16(float16 x) { return as_uint16(x) & ABS_MASK; }

// The largest lane.
static inline uint zcl_max_8(uint8 v) {
  const uint4 a = max(v.lo, v.hi);
  const uint2 b = max(a.lo, a.hi);
  return max(b.lo, b.hi);
}
static inline uint zcl_max_16(uint16 v) { return zcl_max_8(max(v.lo, v.hi)); }

// scale(a) of 1.7 from the bits of the absolute maximum: multiplier *r for zcl_quant_code and the
// scale that is stored. The program's one division a group; it must be correctly rounded
// (-cl-fp32-correctly-rounded-divide-sqrt).
static inline void zcl_quant_scale(uint absmax_bits, private float* r, private float* scale) {
  const float a = as_float(absmax_bits);
  if (absmax_bits >= INFINITY_BITS) {
    *r = 0.0f;
    *scale = as_float(CANONICAL_NAN_BITS);
  } else if (a < QUANT_MIN_ABSMAX) {
    *r = 0.0f;
    *scale = 0.0f;
  } else {
    *r = QMAX / a;
    *scale = ZCL_SCALE(a * INV_QMAX);
  }
}

// rint(v) as an integer for |v| < 2^22: the sum with ROUND_MAGIC rounds v and leaves the integer in
// the low bits. One addition where PoCL's rint takes 18 instructions and a conversion more.
#ifdef ZCL_INJECT_ROUNDING
#define ZCL_RINT_INT(v, AS_INT, CONVERT_INT) CONVERT_INT(ZCL_RINT(v))
#else
#define ZCL_RINT_INT(v, AS_INT, CONVERT_INT) (AS_INT((v) + ROUND_MAGIC) - ROUND_MAGIC_BITS)
#endif

// The integer nearest to x * r (1.7): the product is not rounded before the sum. As an int, as
// bits whose low byte is that of the integer, and as a float. F: the type of x and r.
#ifdef ZCL_INJECT_ROUNDING
#define ZCL_CODE_INT(x, r, F, AS_INT, CONVERT_INT) CONVERT_INT(ZCL_RINT((x) * (r)))
#define ZCL_CODE_BITS(x, r) ((uint)convert_int(ZCL_RINT((x) * (r))))
#define ZCL_CODE_FLOAT(x, r) ZCL_RINT((x) * (r))
#else
#define ZCL_CODE_INT(x, r, F, AS_INT, CONVERT_INT) \
  (AS_INT(fma(x, r, (F)(ROUND_MAGIC))) - ROUND_MAGIC_BITS)
#define ZCL_CODE_BITS(x, r) as_uint(fma(x, r, ROUND_MAGIC))
#define ZCL_CODE_FLOAT(x, r) (fma(x, r, ROUND_MAGIC) - ROUND_MAGIC)
#endif

// The code of x (1.7), in [-127, 127] without clamping. r == 0 gives 0 for any x, NaN and infinity
// too, whose integers would differ between devices.
static inline int zcl_quant_code(float x, float r) {
  return r == 0.0f ? 0 : ZCL_CODE_INT(x, r, float, as_int, convert_int);
}
static inline int8 zcl_quant_code_8(float8 x, float r) {
  const int8 codes = ZCL_CODE_INT(x, (float8)(r), float8, as_int8, convert_int8);
  return (int8)(r == 0.0f ? 0 : -1) ? codes : (int8)(0);
}
static inline int16 zcl_quant_code_16(float16 x, float r) {
  const int16 codes = ZCL_CODE_INT(x, (float16)(r), float16, as_int16, convert_int16);
  return (int16)(r == 0.0f ? 0 : -1) ? codes : (int16)(0);
}
