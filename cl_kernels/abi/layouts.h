// How activations in codes lie in memory. Bits are defined on logical tensors (NUMERICS.md); a layout
// belongs to the kernel variant that reads it, and the producer writes it.
#pragma once

#include "abi/types.h"

// Layout of a matrix of codes [M, K]: rows of `codes_stride(K)` elements, the padding holds code 0.
#define CODES_I8 0   // int8: portable GPU shape
#define CODES_I16 1  // int16: portable CPU shape (vpmaddwd wants 16-bit factors, 20 % faster than widening)
#define CODES_U8 2   // uint8 = code + 128: VNNI multiplies unsigned by signed bytes

#define CODES_ROW_ALIGN 64  // elements; one cache line of bytes

// Elements between rows of a code matrix with K inputs.
#define CODES_STRIDE(k) (((k) + CODES_ROW_ALIGN - 1) / CODES_ROW_ALIGN * CODES_ROW_ALIGN)
