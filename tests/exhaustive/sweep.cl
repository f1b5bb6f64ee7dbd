// What:     runs one elementary function on many floats, or one sum tree on one row
// Source:   the functions under test, common/*.h, as every kernel includes them
#include "common/elementary.h"
#include "common/sum_tree.h"
#include "sweep_functions.h"

#pragma OPENCL FP_CONTRACT OFF

#define CANONICAL(bits, U) \
  (((bits) & ABS_MASK) > (U)(INFINITY_BITS) ? (U)(CANONICAL_NAN_BITS) : (bits))

// S: suffix; F, I, U: floats, ints and uints of one width.
#define DEFINE_SWEEP(S, F, I, U, AS_F, AS_U)                                                     \
  static inline U sweep_apply##S(int function, U bits) {                                         \
    const F x = AS_F(bits);                                                                      \
    const F z = fabs(x);                                                                         \
    float r;                                                                                     \
    float scale;                                                                                 \
    F y = x;                                                                                     \
    switch (function) {                                                                          \
      case sweep_exp2: y = zcl_exp2##S(x); break;                                                \
      case sweep_exp: y = zcl_exp##S(x); break;                                                  \
      case sweep_tanh: y = zcl_tanh##S(x); break;                                                \
      case sweep_erfc_tail:                                                                      \
        y = zcl_erfc_tail##S(z < (F)(ERFC_TAIL_MAX) ? z : (F)(ERFC_TAIL_MAX));                   \
        break;                                                                                   \
      case sweep_tanh_tail:                                                                      \
        y = zcl_tanh_tail##S(z < (F)(TANH_TAIL_MAX) ? z : (F)(TANH_TAIL_MAX));                   \
        break;                                                                                   \
      case sweep_gelu_erf: y = zcl_gelu_erf##S(x); break;                                        \
      case sweep_gelu_tanh: y = zcl_gelu_tanh##S(x); break;                                      \
      case sweep_gelu_coarse_erf: y = zcl_gelu_coarse_erf##S(x); break;                          \
      case sweep_gelu_coarse_tanh: y = zcl_gelu_coarse_tanh##S(x); break;                        \
      case sweep_gelu_fine_erf: y = zcl_gelu_fine_erf##S(x); break;                              \
      case sweep_gelu_fine_tanh: y = zcl_gelu_fine_tanh##S(x); break;                            \
      case sweep_relu: y = zcl_relu##S(x); break;                                                \
      case sweep_rsqrt: y = zcl_rsqrt##S(x); break;                                              \
      case sweep_abs_bits: return zcl_abs_bits##S(x);                                            \
      case sweep_quant_code:                                                                     \
        zcl_quant_scale(as_uint(SWEEP_ABSMAX), &r, &scale);                                      \
        return AS_U(zcl_quant_code##S(z <= (F)(SWEEP_ABSMAX) ? x : (F)(0.0f), r));               \
      case sweep_quant_code_zero: return AS_U(zcl_quant_code##S(x, 0.0f));                       \
      default: break;                                                                            \
    }                                                                                            \
    return CANONICAL(AS_U(y), U);                                                                \
  }

DEFINE_SWEEP(, float, int, uint, as_float, as_uint)
DEFINE_SWEEP(_8, float8, int8, uint8, as_float8, as_uint8)
DEFINE_SWEEP(_16, float16, int16, uint16, as_float16, as_uint16)

static inline uint sweep_scalar(int function, uint bits) {
  float r;
  float scale;
  switch (function) {
    case sweep_quant_multiplier:
      zcl_quant_scale(bits & ABS_MASK, &r, &scale);
      return CANONICAL(as_uint(r), uint);
    case sweep_quant_scale:
      zcl_quant_scale(bits & ABS_MASK, &r, &scale);
      return CANONICAL(as_uint(scale), uint);
    default:
      return sweep_apply(function, bits);
  }
}

// Input i is inputs[i] where `listed`, else first + i * stride.
// Buffers: inputs uint [count] or null; y uint [count]. Launch: count / 1, 8 or 16 work-items.
kernel void sweep_1(global const uint* inputs, global uint* y, int function, int listed, uint first,
                    uint stride) {
  const uint i = (uint)get_global_id(0);
  const uint bits = listed ? inputs[i] : first + i * stride;
  y[i] = as_uint(ZCL_ELEMENT_F(as_float(sweep_scalar(function, bits)), bits));
}

kernel void sweep_8(global const uint* inputs, global uint* y, int function, int listed, uint first,
                    uint stride) {
  const uint i = (uint)get_global_id(0);
  const uint8 lane = (uint8)(0, 1, 2, 3, 4, 5, 6, 7);
  uint8 bits = first + (8 * i + lane) * stride;
  if (listed) bits = vload8(i, inputs);
  const float8 v = as_float8(sweep_apply_8(function, bits));
  vstore8(as_uint8(ZCL_ELEMENT_F_8(v, bits.s0)), i, y);
}

kernel void sweep_16(global const uint* inputs, global uint* y, int function, int listed,
                     uint first, uint stride) {
  const uint i = (uint)get_global_id(0);
  const uint16 lane = (uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  uint16 bits = first + (16 * i + lane) * stride;
  if (listed) bits = vload16(i, inputs);
  const int16 v = as_int16(sweep_apply_16(function, bits));
  vstore16(as_uint16(ZCL_ELEMENT_I_16(v, bits.s0)), i, y);
}

// Row of n: y[0] = sum256(x), y[1] = sum256(fma: x - 1, x - 1), in one of the three shapes.
#define X(i) x[i]
#define X8(i) vload8(0, x + (i))
#define X16(i) vload16(0, x + (i))
#define D(i) (X(i) - 1.0f)
#define D8(i) (X8(i) - 1.0f)
#define D16(i) (X16(i) - 1.0f)

kernel void tree_row(global const float* x, global float* y, int n) {
  float sum;
  float squares;
  ZCL_SUM256_ROW(sum, n, X16, X, ZCL_ADD_VALUE);
  ZCL_SUM256_ROW(squares, n, D16, D, ZCL_ADD_SQUARE);
  y[0] = sum;
  y[1] = squares;
}

kernel void tree_items_256(global const float* x, global float* y, int n) {
  local float scratch[ZCL_TREE_SCRATCH_256];
  const int lane = (int)get_local_id(0);
  float sum;
  float squares;
  ZCL_SUM256_LANE(sum, lane, n, X, ZCL_ADD_VALUE);
  ZCL_SUM256_LANE(squares, lane, n, D, ZCL_ADD_SQUARE);
  sum = zcl_tree_items_256(sum, lane, scratch);
  squares = zcl_tree_items_256(squares, lane, scratch);
  if (lane == SUM_LANES - 1) {  // all have it; the last one is the least likely to be favoured
    y[0] = sum;
    y[1] = squares;
  }
}

kernel void tree_items_32(global const float* x, global float* y, int n) {
  local float scratch[ZCL_TREE_SCRATCH_32];
  const int item = (int)get_local_id(0);
  float8 sum;
  float8 squares;
  ZCL_SUM256_LANES8(sum, item, n, X8, X, ZCL_ADD_VALUE);
  ZCL_SUM256_LANES8(squares, item, n, D8, D, ZCL_ADD_SQUARE);
  const float sum_all = zcl_tree_items_32(sum, item, scratch);
  const float squares_all = zcl_tree_items_32(squares, item, scratch);
  if (item == 31) {
    y[0] = sum_all;
    y[1] = squares_all;
  }
}
