// Operator: store_kv (NUMERICS.md 3.11)
// What:     keys and values of qkv into the f32 cache at the token's position
// Buffers:  qkv float [M, qkv_stride]; sequences struct sequence_entry [S], block table int, tiles
//           struct sequence_tile; the layer's cache in layout KV_CPU: keys float, values float
// Args:     struct store_kv_args
// Launch:   global (H, tiles of ATTENTION_ROWS_CPU rows), local 1
// Variants: .group (GPUs)
// Not here: the INT8 cache (quantize_qkv)
#include "abi/store_kv.h"
#include "common/attention_tile.h"

kernel void store_kv(global const float* qkv, global const struct sequence_entry* sequences,
                     global const int* block_table, global const struct sequence_tile* tiles,
                     global float* keys, global float* values, const struct store_kv_args args) {
  const int head = get_global_id(0), size = args.head_size, width = args.heads * size;
  const struct zcl_tile tile =
      zcl_tile_of(tiles[get_global_id(1)], ATTENTION_ROWS_CPU, sequences, block_table);
  const int slot = tile.position % KEY_BLOCK;
  const size_t part =
      (size_t)tile.blocks[tile.position / KEY_BLOCK] * args.heads + head;
  global const float* from = qkv + tile.row * args.qkv_stride + width + head * size;
  keys += part * KV_CPU_F32_KEYS(size) + slot;
  values += part * KV_PADDED_PART(size) + KV_F32_VALUE(slot, 0, size);
  for (int r = 0; r < tile.rows; ++r, from += args.qkv_stride, values += KV_PADDED(size)) {
    const size_t at = (tile.row + r) * width + head * size;
    for (int d = 0; d < size; ++d) {
      keys[d * KEY_BLOCK + r] = ZCL_ELEMENT_F(from[d], at + d);
      values[d] = from[width + d];
    }
    for (int d = size; d < KV_PADDED(size); ++d) values[d] = 0.0f;
  }
}
