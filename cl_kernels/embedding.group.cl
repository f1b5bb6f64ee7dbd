// Operator: embedding (NUMERICS.md 3.1)
// What:     y = word[ids] (+ type[types]) (+ position[positions]), in this order
// Buffers:  ids int [M], types int [M] or null, positions int [M] or null; each table with its
//           scales: f32 [V, K] and null, or int8 [V, K] and f32 [V]; y f32 [M, K]
// Args:     struct embedding_args
// Launch:   one work-group of 128 items a token
// Variants: GPU shape of embedding.cl
// Not here: ids outside a table; the host refuses them before the launch
#include "abi/embedding.h"
#include "common/inject.h"

#pragma OPENCL FP_CONTRACT OFF

// Elements k .. k + 3 of a table's row; some other's past the last. Rows that are whole fours are
// aligned.
static inline __attribute__((always_inline)) float4 embedding_group_four(global const float* table,
                                                                         global const float* scales,
                                                                         const int is_i8,
                                                                         const int row, const int k,
                                                                         const int cols) {
  const size_t first = (size_t)row * cols;
  global const char* const codes = (global const char*)table + first;
  float v[4];
  if (cols % 4 == 0) {
    const float4 whole = is_i8 ? convert_float4(*(global const char4*)(codes + k))
                               : *(global const float4*)(table + first + k);
    return is_i8 ? whole * ZCL_SCALE(scales[row]) : whole;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int at = min(k + i, cols - 1);
    v[i] = is_i8 ? (float)codes[at] * ZCL_SCALE(scales[row]) : table[first + at];
  }
  return (float4)(v[0], v[1], v[2], v[3]);
}
static inline void embedding_group_store(float4 v, const int k, const int cols, const size_t to,
                                         global float* y) {
  v.x = ZCL_ELEMENT_F(v.x, to + k);
  if (cols % 4 == 0) {
    *(global float4*)(y + to + k) = v;
    return;
  }
  y[to + k] = v.x;
  if (k + 1 < cols) y[to + k + 1] = v.y;
  if (k + 2 < cols) y[to + k + 2] = v.z;
  if (k + 3 < cols) y[to + k + 3] = v.w;
}

#define PIECES 2  // fours of an item that are on their way at once

// Fours of a table's row, added to those before.
static inline __attribute__((always_inline)) void embedding_group_add(
    float4* v, const bool first, global const float* table, global const float* scales,
    const int is_i8, const int row, const int k, const int cols, const int step) {
#pragma unroll
  for (int i = 0; i < PIECES; ++i) {
    if (k + i * step >= cols) continue;
    const float4 e = embedding_group_four(table, scales, is_i8, row, k + i * step, cols);
    v[i] = first ? e : v[i] + e;
  }
}

// A row, by all items of a work-group. Also a step of persistent.wgmma.cl.
static inline __attribute__((always_inline)) void embedding_group_run(
    const int row, global const int* ids, global const int* types, global const int* positions,
    global const float* word, global const float* word_scales, global const float* type,
    global const float* type_scales, global const float* position,
    global const float* position_scales, global float* y, const struct embedding_args args) {
  const int cols = args.cols, step = 4 * get_local_size(0);
  const size_t to = (size_t)row * cols;
  const int id = ids[row];
  const int type_id = args.has_types ? types[row] : 0;
  const int position_id = args.has_positions ? positions[row] : 0;
  for (int k = 4 * get_local_id(0); k < cols; k += PIECES * step) {
    float4 v[PIECES];
    embedding_group_add(v, true, word, word_scales, args.word_i8, id, k, cols, step);
    if (args.has_types)
      embedding_group_add(v, false, type, type_scales, args.type_i8, type_id, k, cols, step);
    if (args.has_positions)
      embedding_group_add(v, false, position, position_scales, args.position_i8, position_id, k,
                          cols, step);
#pragma unroll
    for (int i = 0; i < PIECES; ++i)
      if (k + i * step < cols) embedding_group_store(v[i], k + i * step, cols, to, y);
  }
}

kernel void embedding_group(global const int* ids, global const int* types,
                            global const int* positions, global const float* word,
                            global const float* word_scales, global const float* type,
                            global const float* type_scales, global const float* position,
                            global const float* position_scales, global float* y,
                            const struct embedding_args args) {
  embedding_group_run(get_group_id(0), ids, types, positions, word, word_scales, type, type_scales,
                      position, position_scales, y, args);
}
