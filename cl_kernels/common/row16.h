// Rows in pieces of 16 elements, for kernels in which one work-item walks a row (CPU shape).
// A row's last piece may be shorter: `n` is what is left of the row, any number >= 1.
#pragma once

#include "abi/layouts.h"
#include "common/numeric.h"
#include "common/sum_tree.h"

// Small functions whose `n` is a constant 16 in the loops over full pieces: only inlined do they
// lose the branches of the last piece.
#define ZCL_INLINE static inline __attribute__((always_inline))

// PoCL turns vstore16 of bytes and shorts into 16 scalar stores (three times slower), of floats
// into three; a packed struct has the same meaning and one store.
struct __attribute__((packed)) zcl_char16 {
  char16 v;
};
struct __attribute__((packed)) zcl_short16 {
  short16 v;
};
struct __attribute__((packed)) zcl_float16 {
  float16 v;
};

// The next 16 elements; zeros past the row's end.
ZCL_INLINE float16 zcl_load16(global const float* x, int n) {
  if (n >= 16) return vload16(0, x);
  float piece[16];
  for (int i = 0; i < 16; ++i) piece[i] = i < n ? x[i] : 0.0f;
  return vload16(0, piece);
}

ZCL_INLINE void zcl_store16(float16 v, global float* y, int n) {
  if (n >= 16) {
    ((global struct zcl_float16*)y)->v = v;
    return;
  }
  float piece[16];
  vstore16(v, 0, piece);
  for (int i = 0; i < n; ++i) y[i] = piece[i];
}

// Lanes past the row's end replaced by zeros.
ZCL_INLINE float16 zcl_mask16(float16 v, int n) {
  if (n >= 16) return v;
  const int16 lane = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return select((float16)(0.0f), v, lane < (int16)(n));
}

// 16 codes of row m in one of the layouts (abi/layouts.h) from column k on; zeros past the row's
// end. CODES_TILES, which no CPU kernel reads, goes code by code: k need not begin a piece there.
ZCL_INLINE int16 zcl_load_codes16(global const char* codes, int m, int k, int stride, int layout,
                                  int n) {
  const size_t at = (size_t)m * stride + k;
  if (n >= 16 && layout != CODES_TILES) {
    if (layout == CODES_I16)
      return convert_int16(((global const struct zcl_short16*)(codes + 2 * at))->v);
    const char16 v = ((global const struct zcl_char16*)(codes + at))->v;
    return layout == CODES_U8 ? convert_int16(as_uchar16(v)) - 128 : convert_int16(v);
  }
  int piece[16];
  for (int i = 0; i < 16; ++i) {
    piece[i] = 0;
    if (i >= n) continue;
    if (layout == CODES_TILES) piece[i] = codes[CODES_TILES_INDEX(m, k + i, stride)];
    else if (layout == CODES_I16) piece[i] = ((global const short*)codes)[at + i];
    else if (layout == CODES_U8) piece[i] = (int)((global const uchar*)codes)[at + i] - 128;
    else piece[i] = codes[at + i];
  }
  return vload16(0, piece);
}

ZCL_INLINE void zcl_store_codes16(int16 q, global char* codes, int m, int k, int stride, int layout,
                                  int n) {
  const size_t at = (size_t)m * stride + k;
  if (n >= 16 && layout != CODES_TILES) {
    if (layout == CODES_I16)
      ((global struct zcl_short16*)(codes + 2 * at))->v = convert_short16(q);
    else
      ((global struct zcl_char16*)(codes + at))->v =
          layout == CODES_U8 ? as_char16(convert_uchar16(q + 128)) : convert_char16(q);
    return;
  }
  int piece[16];
  vstore16(q, 0, piece);
  for (int i = 0; i < min(n, 16); ++i) {
    if (layout == CODES_TILES) codes[CODES_TILES_INDEX(m, k + i, stride)] = (char)piece[i];
    else if (layout == CODES_I16) ((global short*)codes)[at + i] = (short)piece[i];
    else if (layout == CODES_U8) ((global uchar*)codes)[at + i] = (uchar)(piece[i] + 128);
    else codes[at + i] = (char)piece[i];
  }
}

// Writes code 0 into the padding of a row of codes.
ZCL_INLINE void zcl_pad_codes(global char* codes, int m, int cols, int stride, int layout) {
  for (int k = cols; k < stride; k += 16)
    zcl_store_codes16((int16)(0), codes, m, k, stride, layout, stride - k);
}

// Statement: `result` (a float variable) = sum256 of a row of n elements (sum_tree.h). PIECE(k, m)
// gives elements k .. k+15 as a float16, lanes from m on +0; m is 16 but for the last piece, which
// is fetched once, before the lanes, to keep its branches out of them.
#define ZCL_SUM256_PIECES(result, n, PIECE, ADD)                                             \
  do {                                                                                       \
    const int zcl_n = (n);                                                                   \
    float16 zcl_lane[SUM_LANES / 16];                                                        \
    _Pragma("unroll") for (int zcl_v = 0; zcl_v < SUM_LANES / 16; ++zcl_v)                   \
        zcl_lane[zcl_v] = (float16)(0.0f);                                                   \
    int zcl_i = 0;                                                                           \
    for (; zcl_i + SUM_LANES <= zcl_n; zcl_i += SUM_LANES) {                                 \
      _Pragma("unroll") for (int zcl_v = 0; zcl_v < SUM_LANES / 16; ++zcl_v)                 \
          zcl_lane[zcl_v] = ADD(zcl_lane[zcl_v], PIECE(zcl_i + 16 * zcl_v, 16));             \
    }                                                                                        \
    const int zcl_rest = zcl_n & 15;                                                         \
    const float16 zcl_last =                                                                 \
        zcl_rest != 0 ? PIECE(zcl_n - zcl_rest, zcl_rest) : (float16)(0.0f);                 \
    _Pragma("unroll") for (int zcl_v = 0; zcl_v < SUM_LANES / 16; ++zcl_v) {                 \
      const int zcl_at = zcl_i + 16 * zcl_v;                                                 \
      if (zcl_at + 16 <= zcl_n)                                                              \
        zcl_lane[zcl_v] = ADD(zcl_lane[zcl_v], PIECE(zcl_at, 16));                           \
      else if (zcl_at < zcl_n)                                                               \
        zcl_lane[zcl_v] = ADD(zcl_lane[zcl_v], zcl_last);                                    \
    }                                                                                        \
    (result) = zcl_tree_256(zcl_lane);                                                       \
  } while (0)
