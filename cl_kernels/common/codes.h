// One code of a quantized matrix in any of the layouts (abi/layouts.h), `at` elements from the
// buffer's start.
#pragma once

#include "abi/layouts.h"

static inline int zcl_load_code(global const char* codes, size_t at, int layout) {
  if (layout == CODES_I16) return ((global const short*)codes)[at];
  if (layout == CODES_U8) return (int)((global const uchar*)codes)[at] - 128;
  return codes[at];
}

static inline void zcl_store_code(int q, global char* codes, size_t at, int layout) {
  if (layout == CODES_I16) ((global short*)codes)[at] = (short)q;
  else if (layout == CODES_U8) ((global uchar*)codes)[at] = (uchar)(q + 128);
  else codes[at] = (char)q;
}
