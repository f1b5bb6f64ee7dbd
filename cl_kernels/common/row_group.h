// A row and a work-group of 256 items (GPU shape): where a row's values come from, and its
// quantization. Item i holds value(i + 256 j) of the row in register j; what a row has beyond
// ROW_REGISTERS * 256 = 4096 elements is evaluated again where it is needed.
#pragma once

#include "abi/quantize_tokens.h"
#include "common/codes.h"
#include "common/elementary.h"
#include "common/f16.h"

#define ROW_ITEMS 256
#define ROW_REGISTERS 16
#define ROW_HELD (ROW_ITEMS * ROW_REGISTERS)
#define ROW_SEGMENT_SCRATCH (ROW_ITEMS + 16)  // uints of local memory

// What value(k) means.
#define ROW_PLAIN 0         // a[k]
#define ROW_SUM 1           // a[k] + b[k]
#define ROW_GELU_ERF 2      // gelu_coarse(a[k])
#define ROW_GELU_TANH 3     // its other form
#define ROW_NORM 4          // layer norm of a[k]
#define ROW_SUM_NORM 5      // layer norm of a[k] + b[k]
#define ROW_SUM_F16 6       // f16(a[k]) + halves[k]
#define ROW_SUM_F16_NORM 7  // layer norm of that

struct row_source {
  int kind;
  global const float* a;
  global const float* b;
  global const float* gamma;
  global const float* beta;
  float mean;
  float rstd;
  global const ushort* halves;
};

static inline float row_normed(struct row_source row, float h, int k) {
  return fma((h - row.mean) * row.rstd, row.gamma[k], row.beta[k]);
}

static inline float row_sum_f16(struct row_source row, int k) {
  return zcl_f16_float(zcl_f16_bits(row.a[k])) + zcl_f16_float(row.halves[k]);
}

static inline float row_value(struct row_source row, int k) {
  switch (row.kind) {
    case ROW_SUM:
      return row.a[k] + row.b[k];
    case ROW_GELU_ERF:
      return zcl_gelu_coarse_erf(row.a[k]);
    case ROW_GELU_TANH:
      return zcl_gelu_coarse_tanh(row.a[k]);
    case ROW_NORM:
      return row_normed(row, row.a[k], k);
    case ROW_SUM_NORM:
      return row_normed(row, row.a[k] + row.b[k], k);
    case ROW_SUM_F16:
      return row_sum_f16(row, k);
    case ROW_SUM_F16_NORM:
      return row_normed(row, row_sum_f16(row, k), k);
    default:
      return row.a[k];
  }
}

// value(k) of a row of `cols` into the registers.
static inline void row_hold(struct row_source row, int cols, private float* held) {
#pragma unroll
  for (int j = 0; j < ROW_REGISTERS; ++j) {
    const int k = (int)get_local_id(0) + ROW_ITEMS * j;
    held[j] = k < cols ? row_value(row, k) : 0.0f;
  }
}

// The largest of `size` neighbouring items' numbers, given to these items; size is a power of two
// up to 256, the same for all. Every item must call it.
static inline uint row_segment_max(uint mine, int size, local uint* scratch) {
  const int i = get_local_id(0);
  scratch[i] = mine;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (i < 16) {
    uint largest = 0;
    for (int j = 0; j < 16; ++j) largest = max(largest, scratch[16 * i + j]);
    scratch[ROW_ITEMS + i] = largest;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const int first = i / size * size;
  uint largest = 0;
  if (size < 16) {
    for (int j = 0; j < size; ++j) largest = max(largest, scratch[first + j]);
  } else {
    for (int j = 0; j < size / 16; ++j) largest = max(largest, scratch[ROW_ITEMS + first / 16 + j]);
  }
  barrier(CLK_LOCAL_MEM_FENCE);  // scratch may be written again
  return largest;
}

// The largest magnitude of what this item has of a group, elements first + i, first + i + size, ...
// below `end`. `held` are the row's values, for a group that is the row; `value` is the first
// element's otherwise.
static inline uint row_largest(struct row_source row, private const float* held, int whole,
                               float value, int first, int end, int size) {
  uint largest = zcl_abs_bits(value);
  if (whole) {
#pragma unroll
    for (int j = 0; j < ROW_REGISTERS; ++j) largest = max(largest, zcl_abs_bits(held[j]));
  }
  for (int k = first + (whole ? ROW_HELD : size); k < end; k += size)
    largest = max(largest, zcl_abs_bits(row_value(row, k)));
  return largest;
}

// Codes, scales and padding of row m; `held` are the row's values. Each group gets the largest
// power of two of items that it can keep busy, and as many groups are done at once as there are
// such segments of items. No barrier stands in a branch: PoCL copies all that follows such a one.
static inline void row_quantize(struct row_source row, private const float* held, int m, int cols,
                                global char* codes, global float* scales,
                                struct quantize_output out, local uint* scratch) {
  const int whole = out.groups == 1;
  int size = 1;
  while (2 * size <= min(out.group, ROW_ITEMS)) size *= 2;
  if (whole) size = ROW_ITEMS;
  const int segments = ROW_ITEMS / size;
  const int segment = (int)get_local_id(0) / size, i = (int)get_local_id(0) % size;
  const size_t from = (size_t)m * cols;
  for (int batch = 0; batch < out.groups; batch += segments) {
    const int group = batch + segment;
    const int first = min(cols, group * out.group) + i;
    const int end = min(cols, first - i + out.group);
    // An item's first value is kept: with groups of up to 256 elements it has hardly another.
    const float value = !whole && first < end ? row_value(row, first) : 0.0f;
    const uint largest = row_largest(row, held, whole, value, first, end, size);
    float r, scale;
    zcl_quant_scale(row_segment_max(largest, size, scratch), &r, &scale);
    if (i == 0 && group < out.groups) scales[(size_t)m * out.groups + group] = scale;
    if (whole) {
#pragma unroll
      for (int j = 0; j < ROW_REGISTERS; ++j) {
        const int k = i + ROW_ITEMS * j, q = zcl_quant_code(held[j], r);
        if (k < cols)
          zcl_store_code(ZCL_ELEMENT_I(q, from + k), codes, m, k, out.stride, out.layout);
      }
    }
    for (int k = first + (whole ? ROW_HELD : 0); k < end; k += size) {
      const int q = zcl_quant_code(k == first ? value : row_value(row, k), r);
      zcl_store_code(ZCL_ELEMENT_I(q, from + k), codes, m, k, out.stride, out.layout);
    }
  }
  for (int k = cols + (int)get_local_id(0); k < out.stride; k += ROW_ITEMS)
    zcl_store_code(0, codes, m, k, out.stride, out.layout);
}
