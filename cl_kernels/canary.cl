// Operator: canary
// What:     runs the float32 and integer operations on which bit-exactness rests, once each, on
//           operands whose results are known; the host compares (host/canary.cpp).
// Buffers:  x [count] uint, operands as bit patterns; half_bits [count] ushort; out [count] uint
// Args:     struct canary_args
// Launch:   1 work-item
// Variants: none; this is the portable form and needs OpenCL C 1.2 alone.
// Source:   OpenCL C 1.2 sections 6.12.2 (FP_CONTRACT), 7.2 to 7.5 (rounding, denormals); the idea
//           of probing a device's arithmetic at start-up: FTTN (Li et al., 2024).
// Not here: exhaustive checks; tests and `zerocl verify --kernels` do those.
#include "abi/canary.h"

#pragma OPENCL FP_CONTRACT OFF

kernel void canary(global const uint* x, global ushort* half_bits, global uint* out,
                   const struct canary_args args) {
  // The operands come from memory: a compiler that folded them would show the host's arithmetic.
  for (int i = 0; i < args.count; ++i) {
    const float a = as_float(x[3 * i]);
    const float b = as_float(x[3 * i + 1]);
    const float c = as_float(x[3 * i + 2]);
    uint result = 0u;
    switch (i) {
      case CANARY_CONTRACTION:
        result = as_uint(a * b + c);
        break;
      case CANARY_FMA:
        result = as_uint(fma(a, b, c));
        break;
      case CANARY_DENORMAL_RESULT:
      case CANARY_DENORMAL_OPERAND:
        result = as_uint(a * b);
        break;
      case CANARY_DIVIDE:
      case CANARY_DIVIDE_DENORMAL:
        result = as_uint(a / b);
        break;
      case CANARY_SQRT:
        result = as_uint(sqrt(a));
        break;
      case CANARY_RINT_DOWN:
      case CANARY_RINT_UP:
        result = as_uint(rint(a));
        break;
      case CANARY_ROUND_TO_INT:
        result = (uint)convert_int_rte(a);
        break;
      case CANARY_HALF_STORE:
      case CANARY_HALF_STORE_DENORMAL:
        vstore_half_rte(a, i, (global half*)half_bits);
        result = (uint)half_bits[i];
        break;
      case CANARY_HALF_LOAD:
      case CANARY_HALF_LOAD_DENORMAL:
        half_bits[i] = (ushort)x[3 * i];
        result = as_uint(vload_half(i, (global const half*)half_bits));
        break;
      case CANARY_INTEGER_WRAP:
        result = x[3 * i] * x[3 * i + 1] + x[3 * i + 2];
        break;
      case CANARY_SHIFT_SIGNED:
        result = (uint)((int)x[3 * i] >> 5);
        break;
      default:
        break;
    }
    out[i] = result;
  }
}
