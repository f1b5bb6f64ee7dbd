// Operator: store_qkv_f16 (NUMERICS.md 3.22)
// What:     queries, keys and values to f16; keys and values into the cache at the token's position
// Buffers:  qkv float [M, qkv_stride]; sequences struct sequence_entry [S], block table int, tiles
//           struct sequence_tile; q ushort [M, H*D]; the layer's f16 cache in layout KV_CPU: keys,
//           values
// Args:     struct store_qkv_f16_args
// Launch:   global (H, tiles of ATTENTION_ROWS_CPU rows), local 1
// Variants: .group (GPUs)
#include "abi/store_qkv_f16.h"
#include "common/attention_tile.h"
#include "common/f16.h"

kernel void store_qkv_f16(global const float* qkv, global const struct sequence_entry* sequences,
                          global const int* block_table, global const struct sequence_tile* tiles,
                          global ushort* q, global ushort* keys, global ushort* values,
                          const struct store_qkv_f16_args args) {
  const int head = get_global_id(0), size = args.head_size, width = args.heads * size;
  const struct zcl_tile tile =
      zcl_tile_of(tiles[get_global_id(1)], ATTENTION_ROWS_CPU, sequences, block_table);
  const size_t part = (size_t)tile.blocks[tile.position / KEY_BLOCK] * args.heads + head;
  keys += part * KV_CPU_F32_KEYS(size) + tile.position % KEY_BLOCK;
  values += part * KV_PADDED_PART(size) + KV_F32_VALUE(tile.position % KEY_BLOCK, 0, size);
  for (int r = 0; r < tile.rows; ++r, values += KV_PADDED(size)) {
    const size_t at = (tile.row + r) * width + head * size;
    global const float* from = qkv + (tile.row + r) * args.qkv_stride + head * size;
    for (int d = 0; d < size; ++d) {
      q[at + d] = (ushort)ZCL_ELEMENT_I((uint)zcl_f16_bits(from[d]), at + d);
      keys[d * KEY_BLOCK + r] = zcl_f16_bits(from[width + d]);
      values[d] = zcl_f16_bits(from[2 * width + d]);
    }
    for (int d = size; d < KV_PADDED(size); ++d) values[d] = 0;
  }
}
