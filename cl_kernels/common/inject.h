// Fault injection for `zerocl verify --inject OPERATOR:KIND`: the points at which a kernel's device
// code can be spoiled on purpose, to show that verify would notice. Each macro is its argument
// unless the program is compiled with -DZCL_INJECT_<KIND>. Kernels store their outputs, take their
// scales, round and order their sums through them; zcl_quant_* and the sum trees do so already.
#pragma once

// element: the output's element with linear index 0 differs in its lowest bit. _8 and _16: vectors,
// `index` is that of lane 0. ZCL_ELEMENT_I is for integers of 32 bits (before they are narrowed).
#ifdef ZCL_INJECT_ELEMENT
#define ZCL_FIRST(index) ((int)((index) == 0))
#define ZCL_FIRST_8(index) (int8)(ZCL_FIRST(index), 0, (int2)(0), (int4)(0))
#define ZCL_FIRST_16(index) (int16)(ZCL_FIRST_8(index), (int8)(0))
#define ZCL_ELEMENT_I(v, index) ((v) ^ ZCL_FIRST(index))
#define ZCL_ELEMENT_I_8(v, index) ((v) ^ ZCL_FIRST_8(index))
#define ZCL_ELEMENT_I_16(v, index) ((v) ^ ZCL_FIRST_16(index))
#define ZCL_ELEMENT_F(v, index) as_float(as_int(v) ^ ZCL_FIRST(index))
#define ZCL_ELEMENT_F_8(v, index) as_float8(as_int8(v) ^ ZCL_FIRST_8(index))
#define ZCL_ELEMENT_F_16(v, index) as_float16(as_int16(v) ^ ZCL_FIRST_16(index))
#else
#define ZCL_ELEMENT_I(v, index) (v)
#define ZCL_ELEMENT_I_8(v, index) (v)
#define ZCL_ELEMENT_I_16(v, index) (v)
#define ZCL_ELEMENT_F(v, index) (v)
#define ZCL_ELEMENT_F_8(v, index) (v)
#define ZCL_ELEMENT_F_16(v, index) (v)
#endif

// scale: the next float away from zero; zero, infinity and NaN stay.
#ifdef ZCL_INJECT_SCALE
static inline float zcl_inject_scale(float s) {
  const uint magnitude = as_uint(s) & 0x7fffffffu;
  return magnitude - 1u < 0x7f7ffffeu ? as_float(as_uint(s) + 1u) : s;
}
#define ZCL_SCALE(s) zcl_inject_scale(s)
#else
#define ZCL_SCALE(s) (s)
#endif

// rounding: toward zero, which moves half of all codes (ties alone would be too rare to see).
#ifdef ZCL_INJECT_ROUNDING
#define ZCL_RINT(x) trunc(x)
#else
#define ZCL_RINT(x) rint(x)
#endif

// order: term i of a chain of n is taken from the other end. Not enough for the 256-lane tree,
// whose shape is its own mirror image: sum_tree.h joins other lanes instead.
#ifdef ZCL_INJECT_ORDER
#define ZCL_ORDER(i, n) ((n) - 1 - (i))
#else
#define ZCL_ORDER(i, n) (i)
#endif
