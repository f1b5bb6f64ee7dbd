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
#define STRIDE (HEAD_SIZE_LIMIT / 16 + 1)  // char16 from one row of private codes to the next

// Codes and scales of one group of D elements for each row of a tile: zeros from D up to a multiple
// of 16. `from` steps by `stride`, scales by `scale_stride`.
static void quantize_qkv_rows(global const float* from, const int stride, const int rows,
                              const int size, char16* codes, global float* scales,
                              const int scale_stride) {
  for (int r = 0; r < rows; ++r, from += stride, codes += STRIDE, scales += scale_stride) {
    uint16 largest = 0;
    for (int d = 0; d < size; d += 16)
      largest = max(largest, zcl_abs_bits_16(zcl_load16(from + d, size - d)));
    float multiplier, scale;
    zcl_quant_scale(zcl_max_16(largest), &multiplier, &scale);
    *scales = scale;
    for (int d = 0; d < size; d += 16)
      codes[d / 16] =
          convert_char16(zcl_quant_code_16(zcl_load16(from + d, size - d), multiplier));
  }
}

// Row-major 16-bit codes; `at` is the linear index of the first one in the logical q.
static void quantize_qkv_store_q(const char16* codes, const int rows, const size_t at,
                                 const struct quantize_qkv_args args, global short* q) {
  for (int r = 0; r < rows; ++r)
    for (int d = 0; d < args.head_size; d += 16)
      zcl_store_codes16(
          ZCL_ELEMENT_I_16(convert_int16(codes[r * STRIDE + d / 16]),
                           at + (size_t)r * args.heads * args.head_size + d),
          (global char*)q, r, d, args.q_stride, CODES_I16, args.head_size - d);
}

#define PAIR(row) ((const short*)(codes + (row) * STRIDE))[d / 2]

// Keys [D/2][slot][2]: the pairs of eight neighbouring slots are one vector, stored as a packed
// struct (see row16.h).
static void quantize_qkv_store_keys(const char16* codes, const int rows, const int size,
                                    global char* keys) {
  for (int d = 0; d < size; d += 2) {
    global char* to = keys + d * KEY_BLOCK;
    if (rows == ROWS)
      ((global struct zcl_char16*)to)->v = as_char16(
          (short8)(PAIR(0), PAIR(1), PAIR(2), PAIR(3), PAIR(4), PAIR(5), PAIR(6), PAIR(7)));
    else
      for (int r = 0; r < rows; ++r) vstore2(as_char2(PAIR(r)), r, to);
  }
}

// Values [slot/2][D][2]: two rows interleaved where both are here, else every second byte.
static void quantize_qkv_store_values(const char16* codes, const int rows, const int slot,
                                      const int padded, global char* values) {
  for (int r = 0; r < rows;) {
    const char16* row = codes + r * STRIDE;
    global char* to = values + KV_CPU_I8_VALUE(slot + r, 0, padded);
    if ((slot + r) % 2 == 0 && r + 1 < rows) {
      for (int i = 0; i < padded / 16; ++i) {
        const ushort16 even = convert_ushort16(as_uchar16(row[i]));
        const ushort16 odd = convert_ushort16(as_uchar16(row[STRIDE + i]));
        ((global struct zcl_short16*)(to + 32 * i))->v = as_short16(even | (odd << (ushort)8));
      }
      r += 2;
    } else {
      for (int d = 0; d < padded; ++d) to[2 * d] = ((const char*)row)[d];
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
  char16 codes[ROWS * STRIDE];

  quantize_qkv_rows(from, args.qkv_stride, rows, size, codes, q_scales + row * args.heads + head,
                    args.heads);
  quantize_qkv_store_q(codes, rows, row * width + head * size, args,
                       q + row * args.q_stride + head * size);
  if (head == args.heads - 1)
    for (int r = 0; r < rows; ++r)
      zcl_pad_codes((global char*)q, (int)row + r, width, args.q_stride, CODES_I16);

  quantize_qkv_rows(from + width, args.qkv_stride, rows, size, codes,
                    key_scales + part * KEY_BLOCK + slot, 1);
  quantize_qkv_store_keys(codes, rows, size, keys + part * KV_CPU_I8_KEYS(size) + 2 * slot);

  quantize_qkv_rows(from + 2 * width, args.qkv_stride, rows, size, codes,
                    value_scales + part * KEY_BLOCK + slot, 1);
  quantize_qkv_store_values(codes, rows, slot, KV_PADDED(size),
                            values + part * KV_PADDED_PART(size));
}
