// Operator: quantize_qkv (NUMERICS.md 3.10)
// What:     queries, keys and values to INT8, a scale per token and head; keys and values go into
//           the cache at the token's position
// Buffers:  qkv float [M, qkv_stride]; sequences struct sequence_entry [S], block table int, tiles
//           struct sequence_tile; q short [M, q_stride] (CODES_I16), q scales float [M, H]; the
//           layer's cache in layout KV_CPU: keys char, key scales float, values char, value scales
//           float
// Args:     struct quantize_qkv_args
// Launch:   global (H, tiles of ATTENTION_ROWS_CPU rows), local 1
// Variants: .group (GPUs)
// Source:   ZeroQuant, arXiv 2206.01861, 3.2 (token-wise quantization)
// Not here: the f32 cache (store_kv)
#include "abi/quantize_qkv.h"
#include "common/attention_tile.h"
#include "common/row16.h"

#define ROWS ATTENTION_ROWS_CPU
#define STRIDE (HEAD_SIZE_LIMIT + 16)  // of the rows of private codes

// Codes and scales of one group of D elements for each row of a tile: codes[r * STRIDE + d], zeros
// from D up to a multiple of 16; `from` steps by `stride`, scales by `scale_stride`.
static void quantize_qkv_rows(global const float* from, const int stride, const int rows,
                              const int size, char* codes, global float* scales,
                              const int scale_stride) {
  for (int r = 0; r < rows; ++r, from += stride, codes += STRIDE, scales += scale_stride) {
    uint16 largest = 0;
    for (int d = 0; d < size; d += 16)
      largest = max(largest, zcl_abs_bits_16(zcl_load16(from + d, size - d)));
    float multiplier, scale;
    zcl_quant_scale(zcl_max_16(largest), &multiplier, &scale);
    *scales = scale;
    for (int d = 0; d < size; d += 16) {
      const int16 q = zcl_magic_code16(zcl_load16(from + d, size - d), multiplier);
      vstore16(convert_char16(q), 0, codes + d);
    }
  }
}

// Row-major 16-bit codes; `at` is the linear index of the first one in the logical q.
static void quantize_qkv_store_q(const char* codes, const int rows, const size_t at,
                                 const struct quantize_qkv_args args, global short* q) {
  for (int r = 0; r < rows; ++r)
    for (int d = 0; d < args.head_size; ++d)
      q[(size_t)r * args.q_stride + d] = (short)ZCL_ELEMENT_I(
          (int)codes[r * STRIDE + d], at + (size_t)r * args.heads * args.head_size + d);
}

// Keys [D/2][slot][2]: the pairs of eight neighbouring slots are one vector.
static void quantize_qkv_store_keys(const char* codes, const int rows, const int size,
                                    global char* keys) {
  for (int d = 0; d < size; d += 2) {
    global char* to = keys + d * KEY_BLOCK;
    char pairs[2 * ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) vstore2(vload2(0, codes + min(r, rows - 1) * STRIDE + d), r, pairs);
    if (rows == ROWS)
      ((global struct zcl_char16*)to)->v = vload16(0, pairs);
    else
      for (int r = 0; r < rows; ++r) vstore2(vload2(r, pairs), r, to);
  }
}

// Values [slot/2][D][2]: two rows interleaved where both are here, else every second byte.
static void quantize_qkv_store_values(const char* codes, const int rows, const int slot,
                                      const int padded, global char* values) {
  for (int r = 0; r < rows;) {
    const char* row = codes + r * STRIDE;
    global char* to = values + KV_CPU_I8_VALUE(slot + r, 0, padded);
    if ((slot + r) % 2 == 0 && r + 1 < rows) {
      for (int d = 0; d < padded; d += 16) {
        const ushort16 even = convert_ushort16(as_uchar16(vload16(0, row + d)));
        const ushort16 odd = convert_ushort16(as_uchar16(vload16(0, row + STRIDE + d)));
        ((global struct zcl_short16*)(to + 2 * d))->v = as_short16(even | (odd << (ushort)8));
      }
      r += 2;
    } else {
      for (int d = 0; d < padded; ++d) to[2 * d] = row[d];
      r += 1;
    }
  }
}

kernel void quantize_qkv(global const float* qkv, global const struct sequence_entry* sequences,
                         global const int* block_table, global const struct sequence_tile* tiles,
                         global short* q, global float* q_scales, global char* keys,
                         global float* key_scales, global char* values,
                         global float* value_scales, const struct quantize_qkv_args args) {
  const int head = get_global_id(0), size = args.head_size, width = args.heads * size;
  const struct zcl_tile tile = zcl_tile_of(tiles[get_global_id(1)], ROWS, sequences, block_table);
  const int rows = tile.rows, slot = tile.position % KEY_BLOCK;
  const size_t row = tile.row;
  const size_t part = (size_t)tile.blocks[tile.position / KEY_BLOCK] * args.heads + head;
  global const float* from = qkv + row * args.qkv_stride + head * size;
  char codes[ROWS * STRIDE];

  quantize_qkv_rows(from, args.qkv_stride, rows, size, codes, q_scales + row * args.heads + head,
                    args.heads);
  quantize_qkv_store_q(codes, rows, row * width + head * size, args,
                       q + row * args.q_stride + head * size);
  if (head == args.heads - 1)
    for (int r = 0; r < rows; ++r)
      zcl_pad_codes((global char*)q, (row + r) * args.q_stride, width, args.q_stride, CODES_I16);

  quantize_qkv_rows(from + width, args.qkv_stride, rows, size, codes,
                    key_scales + part * KEY_BLOCK + slot, 1);
  quantize_qkv_store_keys(codes, rows, size, keys + part * KV_CPU_I8_KEYS(size) + 2 * slot);

  quantize_qkv_rows(from + 2 * width, args.qkv_stride, rows, size, codes,
                    value_scales + part * KEY_BLOCK + slot, 1);
  quantize_qkv_store_values(codes, rows, slot, KV_PADDED(size), values + part * KV_PADDED_PART(size));
}
