// Operator: embedding (NUMERICS.md 3.1)
// What:     y = word[ids] (+ type[types]) (+ position[positions]), in this order
// Buffers:  ids int [M], types int [M] or null, positions int [M] or null; each table with its
//           scales: f32 [V, K] and null, or int8 [V, K] and f32 [V]; y f32 [M, K]
// Args:     struct embedding_args
// Launch:   one work-item a token, local size 1
// Variants: CPU shape; embedding.group.cl for GPUs
// Not here: ids outside a table; the host refuses them before the launch
#include "abi/embedding.h"
#include "common/inject.h"
#include "common/row16.h"

// 16 elements of a table's row from k on.
static inline float16 embedding_load16(global const float* table, global const float* scales,
                                       int is_i8, int row, int k, int cols) {
  const size_t at = (size_t)row * cols + k;
  if (!is_i8) return zcl_load16(table + at, cols - k);
  const int16 q = zcl_load_codes16((global const char*)table, row, k, cols, CODES_I8, cols - k);
  return convert_float16(q) * ZCL_SCALE(scales[row]);
}

kernel void embedding(global const int* ids, global const int* types, global const int* positions,
                      global const float* word, global const float* word_scales,
                      global const float* type, global const float* type_scales,
                      global const float* position, global const float* position_scales,
                      global float* y, const struct embedding_args args) {
  const int row = get_global_id(0), cols = args.cols;
  const size_t to = (size_t)row * cols;
  const int id = ids[row];
  const int type_id = args.has_types ? types[row] : 0;
  const int position_id = args.has_positions ? positions[row] : 0;
  for (int k = 0; k < cols; k += 16) {
    float16 v = embedding_load16(word, word_scales, args.word_i8, id, k, cols);
    if (args.has_types)
      v = v + embedding_load16(type, type_scales, args.type_i8, type_id, k, cols);
    if (args.has_positions)
      v = v + embedding_load16(position, position_scales, args.position_i8, position_id, k, cols);
    zcl_store16(ZCL_ELEMENT_F_16(v, to + k), y + to + k, cols - k);
  }
}
