// IEEE binary16 as bits (NUMERICS.md 1.10), in integer arithmetic that vectorizes and that no
// device option changes. _16: the same on vectors.
#pragma once

#include "abi/f16_layouts.h"
#include "common/numeric.h"

// The value, exact: the exponent field moves over and the product with 2^112 makes up for the
// biases, subnormal numbers included; infinity and NaN get their exponent.
#define ZCL_F16_FLOAT(h, UINT, AS_FLOAT, AS_UINT)                                    \
  AS_FLOAT(AS_UINT(AS_FLOAT(((h)&0x7fffu) << 13) * 0x1p112f) |                       \
           (((h)&0x7c00u) == (UINT)(0x7c00u) ? (UINT)(INFINITY_BITS) : (UINT)(0u)) | \
           ((h)&0x8000u) << 16)
static inline float zcl_f16_float(const ushort bits) {
  const uint h = bits;
  return ZCL_F16_FLOAT(h, uint, as_float, as_uint);
}
static inline float16 zcl_f16_float_16(const ushort16 bits) {
  const uint16 h = convert_uint16(bits);
  return ZCL_F16_FLOAT(h, uint16, as_float16, as_uint16);
}

// f16(v): to nearest, ties to even. Subnormal halves: the sum with 1/2 rounds to units of 2^-24 and
// leaves them in the low bits. Normal ones: the exponent's bias goes down by 112, and what is
// rounded off carries. Injected rounding: toward zero.
#define F16_NAN 0x7e00u
#define F16_INFINITY 0x7c00u
#define F16_HALF_BITS 0x3f000000u
#define F16_REBIAS 0xc8000000u  // (15 - 127) << 23
#ifdef ZCL_INJECT_ROUNDING
#define F16_ROUND(u) ((u) - (u))
#else
#define F16_ROUND(u) (0xfffu + ((u) >> 13 & 1u))
#endif
static inline ushort zcl_f16_bits(const float v) {
  const uint u = as_uint(v) & ABS_MASK, sign = as_uint(v) >> 16 & 0x8000u;
  const uint small = as_uint(as_float(u) + 0.5f) - F16_HALF_BITS;
  const uint normal = (u + F16_REBIAS + F16_ROUND(u)) >> 13;
  const uint large = u > INFINITY_BITS ? F16_NAN : F16_INFINITY;
  return (ushort)(sign | (u < 0x38800000u ? small : u < 0x47800000u ? normal : large));
}
static inline ushort16 zcl_f16_bits_16(const float16 v) {
  const uint16 u = as_uint16(v) & ABS_MASK, sign = as_uint16(v) >> 16 & 0x8000u;
  const uint16 small = as_uint16(as_float16(u) + 0.5f) - F16_HALF_BITS;
  const uint16 normal = (u + F16_REBIAS + F16_ROUND(u)) >> 13;
  const uint16 large = u > INFINITY_BITS ? (uint16)(F16_NAN) : (uint16)(F16_INFINITY);
  const uint16 at_least = u < 0x47800000u ? normal : large;
  return convert_ushort16(sign | (u < 0x38800000u ? small : at_least));
}

// Elements k .. k + 15 of row m; lanes from n on +0. k is a multiple of 8.
static inline float16 zcl_f16_load16(global const ushort* x, const struct f16_matrix shape,
                                     const int m, const int k, const int n) {
  if (n >= 16 && shape.layout == F16_ROWS)
    return zcl_f16_float_16(vload16(0, x + (size_t)m * shape.stride + k));
  ushort piece[16];
  for (int i = 0; i < 16; ++i)
    piece[i] = i < n ? x[F16_INDEX(shape.layout, m, k + i, shape.stride)] : (ushort)0;
  return zcl_f16_float_16(vload16(0, piece));
}

// Stores n of 16 elements, and +0 in the padding where the row ends with them (`last`). `at`: the
// linear index of element k in the output.
static inline void zcl_f16_store16(const float16 v, global ushort* y, const struct f16_matrix shape,
                                   const int m, const int k, const int n, const bool last,
                                   const size_t at) {
  const ushort16 bits = zcl_f16_bits_16(v);
  ushort piece[16];
  vstore16(bits, 0, piece);
  if (at == 0) piece[0] = (ushort)ZCL_ELEMENT_I((uint)piece[0], at);
  for (int i = 0; i < min(n, 16); ++i)
    y[F16_INDEX(shape.layout, m, k + i, shape.stride)] = piece[i];
  if (last)
    for (int i = k + min(n, 16); i < shape.stride; ++i)
      y[F16_INDEX(shape.layout, m, i, shape.stride)] = 0;
}
