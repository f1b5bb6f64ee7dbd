// Operator: canary
// What:     runs the float32 and integer operations on which bit-exactness rests; the host
//           compares with results it knows (host/canary.cpp)
// Buffers:  operation int [rows]; operands uint [rows, 3]; half_in half [rows];
//           half_out half [rows], result uint [rows]
// Args:     struct canary_args
// Launch:   global size = rows, local size 1
// Variants: none; this form needs OpenCL C 1.2 alone
// Source:   OpenCL C 1.2, 6.12.2 (FP_CONTRACT) and 7.2 to 7.5 (rounding, denormals); probing the
//           arithmetic before use: Li et al., "FTTN" (2024)
// Not here: exhaustive checks of the elementary functions; `zerocl verify --kernels` runs those
#include "abi/canary.h"

#pragma OPENCL FP_CONTRACT OFF

// The operands come from memory, else the compiler could fold them with the host's arithmetic.
// Halves have buffers of their own: reading ushort as half would break the aliasing rules.
kernel void canary(global const int* operation, global const uint* operands,
                   global const half* half_in, global half* half_out, global uint* result,
                   const struct canary_args args) {
  const int row = get_global_id(0);
  if (row >= args.rows) return;
  const uint a = operands[3 * row];
  const uint b = operands[3 * row + 1];
  const uint c = operands[3 * row + 2];
  uint r = 0u;
  switch (operation[row]) {
    case CANARY_MUL_ADD:
      r = as_uint(as_float(a) * as_float(b) + as_float(c));
      break;
    case CANARY_FMA:
      r = as_uint(fma(as_float(a), as_float(b), as_float(c)));
      break;
    case CANARY_DIVIDE:
      r = as_uint(as_float(a) / as_float(b));
      break;
    case CANARY_SQRT:
      r = as_uint(sqrt(as_float(a)));
      break;
    case CANARY_RINT:
      r = as_uint(rint(as_float(a)));
      break;
    case CANARY_FLOAT_TO_INT:
      r = (uint)convert_int_rte(as_float(a));
      break;
    case CANARY_INT_TO_FLOAT:
      r = as_uint((float)(int)a);
      break;
    case CANARY_HALF_STORE:
      vstore_half_rte(as_float(a), row, half_out);
      break;
    case CANARY_HALF_LOAD:
      r = as_uint(vload_half(row, half_in));
      break;
    case CANARY_INT_MUL_ADD:
      r = a * b + c;
      break;
    case CANARY_SHIFT_RIGHT:
      r = (uint)((int)a >> b);
      break;
    default:
      break;
  }
  result[row] = r;
}
