// zcl_quant_scale and zcl_rsqrt without a division, for kernels of NVIDIA's GPUs whose registers
// are short: around the compiler's stands a call, and what it may overwrite cannot hold anything.
#pragma once

#include "common/numeric.h"
#include "common/nvidia_mma.h"

#define NVIDIA_FRACTION_MASK 0x7fffffu
#define NVIDIA_ONE_BITS 0x3f800000u

// 1 / v by the steps of the compiler's own division (a reciprocal within 1 ulp, one step of
// Newton's): rounded correctly where v is not near the ends of the range; NaN of 0 and infinity.
static inline float nvidia_reciprocal_rounded(const float v) {
  const float near = nvidia_reciprocal(v);
  return fma(near, fma(-v, near, 1.0f), near);
}

// The same bits: QMAX is divided by the fraction of `a`, 1 to 2, by the steps of the compiler's own
// division (the quotient by the reciprocal is mended by its remainder), and `a`'s exponent comes
// off the quotient's. The multiplier of the least and the largest `a` is a normal number.
static inline __attribute__((always_inline)) void nvidia_quant_scale(const uint absmax_bits,
                                                                     private float* r,
                                                                     private float* scale) {
  const float a = as_float(absmax_bits);
  const float b = as_float((absmax_bits & NVIDIA_FRACTION_MASK) | NVIDIA_ONE_BITS);
  const float each = nvidia_reciprocal_rounded(b), quotient = QMAX * each;
  const float rounded = fma(each, fma(-b, quotient, QMAX), quotient);
  const uint exponent = (absmax_bits & ~NVIDIA_FRACTION_MASK) - NVIDIA_ONE_BITS;
  const bool finite = absmax_bits < INFINITY_BITS, enough = a >= QUANT_MIN_ABSMAX;
  *r = finite && enough ? as_float(as_uint(rounded) - exponent) : 0.0f;
  *scale = finite ? enough ? ZCL_SCALE(a * INV_QMAX) : 0.0f : as_float(CANONICAL_NAN_BITS);
}

// The bits of zcl_rsqrt: a root is 0, infinite, or not near the ends of the range.
static inline float nvidia_rsqrt(const float v) {
  const float root = sqrt(v), each = nvidia_reciprocal_rounded(root);
  return each == each ? each : nvidia_reciprocal(root);
}
