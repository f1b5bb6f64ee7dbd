// The canary's operations and arguments: which arithmetic a device is asked to show at start-up.
#pragma once

#include "abi/types.h"

// Operands a, b, c and the result are bit patterns. The host's table (host/canary.cpp) says on
// which operands each operation runs and what must come out.
enum canary_operation {
  CANARY_MUL_ADD,       // a * b + c in two roundings: shows contraction, denormals, ties
  CANARY_FMA,           // fma(a, b, c)
  CANARY_DIVIDE,        // a / b
  CANARY_SQRT,          // sqrt(a)
  CANARY_RINT,          // rint(a)
  CANARY_FLOAT_TO_INT,  // convert_int_rte(a)
  CANARY_INT_TO_FLOAT,  // (float)(int)a
  CANARY_HALF_STORE,    // vstore_half_rte(a): 16 bits
  CANARY_HALF_LOAD,     // vload_half of a's low 16 bits
  CANARY_INT_MUL_ADD,   // a * b + c modulo 2^32
  CANARY_SHIFT_RIGHT    // (int)a >> b, arithmetic
};

struct canary_args {
  abi_int rows;  // checks to run; canary_sm90a: rows of the product
};
ABI_ASSERT_SIZE(canary_args, 4);

// canary_sm90a: rows, and outputs, of its product over 128 inputs, and its work-items.
#define CANARY_PRODUCT_ROWS 64
#define CANARY_PRODUCT_ITEMS 128
