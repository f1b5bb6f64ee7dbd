// Operator: store_kv (NUMERICS.md 3.11)
// What:     keys and values of qkv into the f32 cache at the token's position
// Buffers:  qkv float [M, qkv_stride]; sequences struct sequence_entry [S], block table int, row
//           sequence int [M]; the layer's cache in layout KV_GPU: keys float, values float
// Args:     struct store_kv_args
// Launch:   one work-item an element of a padded row of keys, work-groups of 256
// Variants: GPU shape of store_kv.cl
// Not here: the INT8 cache (quantize_qkv)
#include "abi/store_kv.h"
#include "common/inject.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void store_kv_group(global const float* qkv, global const struct sequence_entry* sequences,
                    global const int* block_table, global const int* row_sequence,
                    global float* keys, global float* values, const struct store_kv_args args) {
  const int size = args.head_size, padded = KV_PADDED(size), width = args.heads * size;
  const size_t i = get_global_id(0), row = i / (args.heads * padded);
  const int head = (int)(i / padded % args.heads), d = (int)(i % padded);
  if (row >= (size_t)args.rows) return;
  const struct sequence_entry sequence = sequences[row_sequence[row]];
  const int position = sequence.position + ((int)row - sequence.row);
  const int slot = position % KEY_BLOCK;
  const size_t part =
      ((size_t)block_table[sequence.blocks + position / KEY_BLOCK] * args.heads + head) *
      KV_PADDED_PART(size);
  global const float* from = qkv + row * args.qkv_stride + width + head * size + d;
  const float key = d < size ? from[0] : 0.0f, value = d < size ? from[width] : 0.0f;
  const size_t at = row * width + head * size + d;
  keys[part + KV_GPU_F32_KEY(slot, d)] = d < size ? ZCL_ELEMENT_F(key, at) : key;
  values[part + KV_F32_VALUE(slot, d, size)] = value;
}
