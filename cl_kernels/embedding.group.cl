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

kernel void embedding_group(global const int* ids, global const int* types,
                            global const int* positions, global const float* word,
                            global const float* word_scales, global const float* type,
                            global const float* type_scales, global const float* position,
                            global const float* position_scales, global float* y,
                            const struct embedding_args args) {
  const int row = get_group_id(0), cols = args.cols;
  const size_t to = (size_t)row * cols;
  const int id = ids[row];
  const int type_id = args.has_types ? types[row] : 0;
  const int position_id = args.has_positions ? positions[row] : 0;
  for (int k = get_local_id(0); k < cols; k += get_local_size(0)) {
    float v = embedding_group_load(word, word_scales, args.word_i8, id, k, cols);
    if (args.has_types)
      v = v + embedding_group_load(type, type_scales, args.type_i8, type_id, k, cols);
    if (args.has_positions)
      v = v + embedding_group_load(position, position_scales, args.position_i8, position_id, k,
                                   cols);
    y[to + k] = ZCL_ELEMENT_F(v, to + k);
  }
}
