// One code of a quantized matrix in any of the layouts (abi/layouts.h): row m, column k.
#pragma once

#include "abi/layouts.h"

static inline int zcl_load_code(global const char* codes, int m, int k, int stride, int layout) {
  const size_t at = CODES_INDEX(layout, m, k, stride);
  if (layout == CODES_I16) return ((global const short*)codes)[at];
  if (layout == CODES_U8) return (int)((global const uchar*)codes)[at] - 128;
  return codes[at];
}

static inline void zcl_store_code(int q, global char* codes, int m, int k, int stride,
                                  int layout) {
  const size_t at = CODES_INDEX(layout, m, k, stride);
  if (layout == CODES_I16) ((global short*)codes)[at] = (short)q;
  else if (layout == CODES_U8) ((global uchar*)codes)[at] = (uchar)(q + 128);
  else codes[at] = (char)q;
}
