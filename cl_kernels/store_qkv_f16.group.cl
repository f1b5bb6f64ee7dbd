// Operator: store_qkv_f16 (NUMERICS.md 3.22)
// What:     queries, keys and values to f16; keys and values into the cache at the token's position
// Buffers:  qkv float [M, qkv_stride]; sequences struct sequence_entry [S], block table int, row
//           sequence int [M]; q ushort [M, H*D]; the layer's f16 cache in layout KV_GPU: keys,
//           values
// Args:     struct store_qkv_f16_args
// Launch:   one work-item a token and padded element of a head; work-groups of 256
// Variants: GPU shape of store_qkv_f16.cl
#include "abi/store_qkv_f16.h"
#include "common/f16.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void store_qkv_f16_group(
    global const float* qkv, global const struct sequence_entry* sequences,
    global const int* block_table, global const int* row_sequence, global ushort* q,
    global ushort* keys, global ushort* values, const struct store_qkv_f16_args args) {
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
  global const float* from = qkv + row * args.qkv_stride + head * size + d;
  const size_t at = row * width + head * size + d;
  if (d < size) q[at] = (ushort)ZCL_ELEMENT_I((uint)zcl_f16_bits(from[0]), at);
  keys[part + KV_GPU_I8_KEY(slot, d)] = d < size ? zcl_f16_bits(from[width]) : (ushort)0;
  values[part + KV_GPU_I8_VALUE(slot, d, size)] =
      d < size ? zcl_f16_bits(from[2 * width]) : (ushort)0;
}
