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

static inline float embedding_group_load(global const float* table, global const float* scales,
                                         int is_i8, int row, int k, int cols) {
  const size_t at = (size_t)row * cols + k;
  if (!is_i8) return table[at];
  return (float)((global const char*)table)[at] * ZCL_SCALE(scales[row]);
}

#define PIECES 4  // elements of an item that are on their way at once

// A table's elements of a row, added to those before.
static inline __attribute__((always_inline)) void embedding_group_add(
    float* v, const bool first, global const float* table, global const float* scales,
    const int is_i8, const int row, const int k, const int cols, const int items) {
#pragma unroll
  for (int i = 0; i < PIECES; ++i) {
    if (k + i * items >= cols) continue;
    const float e = embedding_group_load(table, scales, is_i8, row, k + i * items, cols);
    v[i] = first ? e : v[i] + e;
  }
}

// A row, by all items of a work-group. Also a step of persistent.wgmma.cl.
static inline __attribute__((always_inline)) void embedding_group_run(
    const int row, global const int* ids, global const int* types, global const int* positions,
    global const float* word, global const float* word_scales, global const float* type,
    global const float* type_scales, global const float* position,
    global const float* position_scales, global float* y, const struct embedding_args args) {
  const int cols = args.cols, items = get_local_size(0);
  const size_t to = (size_t)row * cols;
  const int id = ids[row];
  const int type_id = args.has_types ? types[row] : 0;
  const int position_id = args.has_positions ? positions[row] : 0;
  for (int k = get_local_id(0); k < cols; k += PIECES * items) {
    float v[PIECES];
    embedding_group_add(v, true, word, word_scales, args.word_i8, id, k, cols, items);
    if (args.has_types)
      embedding_group_add(v, false, type, type_scales, args.type_i8, type_id, k, cols, items);
    if (args.has_positions)
      embedding_group_add(v, false, position, position_scales, args.position_i8, position_id, k,
                          cols, items);
#pragma unroll
    for (int i = 0; i < PIECES; ++i)
      if (k + i * items < cols) y[to + k + i * items] = ZCL_ELEMENT_F(v[i], to + k + i * items);
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
