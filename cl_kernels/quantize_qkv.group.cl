// Operator: quantize_qkv (NUMERICS.md 3.10)
// What:     queries, keys and values to INT8, a scale per token and head; keys and values go into
//           the cache at the token's position
// Buffers:  qkv float [M, qkv_stride]; sequences struct sequence_entry [S], block table int, row
//           sequence int [M]; q char [M, q_stride] (CODES_I8), q scales float [M, H]; the layer's
//           cache in layout KV_GPU: keys char, key scales float, values char, value scales float
// Args:     struct quantize_qkv_args
// Launch:   QUANTIZE_QKV_ITEMS work-items a token, part (q, k or v) and head; work-groups of 256
// Variants: GPU shape of quantize_qkv.cl
// Source:   ZeroQuant, arXiv 2206.01861, 3.2 (token-wise quantization)
// Not here: the f32 cache (store_kv)
#include "abi/quantize_qkv.h"
#include "common/numeric.h"

#define TEAM QUANTIZE_QKV_ITEMS
#define HELD (HEAD_SIZE_LIMIT / TEAM)  // elements of a group that an item holds

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void quantize_qkv_group(global const float* qkv, global const struct sequence_entry* sequences,
                        global const int* block_table, global const int* row_sequence,
                        global char* q, global float* q_scales, global char* keys,
                        global float* key_scales, global char* values,
                        global float* value_scales, const struct quantize_qkv_args args) {
  local uint largest[256];
  const int size = args.head_size, padded = KV_PADDED(size), width = args.heads * size;
  const int item = (int)get_local_id(0) % TEAM, team = (int)get_local_id(0) - item;
  const size_t group = get_global_id(0) / TEAM, row = group / (3 * args.heads);
  const int part = (int)(group / args.heads % 3), head = (int)(group % args.heads);
  const bool inside = row < (size_t)args.rows;

  float held[HELD];
  uint absmax = 0;
#pragma unroll
  for (int i = 0; i < HELD; ++i) {
    const int d = item + TEAM * i;
    held[i] = inside && d < size
                  ? qkv[row * args.qkv_stride + part * width + head * size + d]
                  : 0.0f;
    absmax = max(absmax, zcl_abs_bits(held[i]));
  }
  largest[get_local_id(0)] = absmax;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (!inside) return;
  for (int i = 0; i < TEAM; ++i) absmax = max(absmax, largest[team + i]);
  float r, scale;
  zcl_quant_scale(absmax, &r, &scale);

  if (part == 0) {
    const size_t to = row * args.q_stride;
    if (item == 0) q_scales[row * args.heads + head] = scale;
#pragma unroll
    for (int i = 0; i < HELD; ++i) {
      const int d = item + TEAM * i, column = head * size + d;
      if (d < size)
        q[to + column] = (char)ZCL_ELEMENT_I(zcl_quant_code(held[i], r), row * width + column);
    }
    if (head == args.heads - 1)
      for (int k = width + item; k < args.q_stride; k += TEAM) q[to + k] = 0;
    return;
  }
  const struct sequence_entry sequence = sequences[row_sequence[row]];
  const int position = sequence.position + ((int)row - sequence.row);
  const int slot = position % KEY_BLOCK;
  const size_t block =
      (size_t)block_table[sequence.blocks + position / KEY_BLOCK] * args.heads + head;
  global char* codes = (part == 1 ? keys : values) + block * KV_PADDED_PART(size);
  if (item == 0) (part == 1 ? key_scales : value_scales)[block * KEY_BLOCK + slot] = scale;
#pragma unroll
  for (int i = 0; i < HELD; ++i) {
    const int d = item + TEAM * i;
    const int at = part == 1 ? KV_GPU_I8_KEY(slot, d) : KV_GPU_I8_VALUE(slot, d, size);
    if (d < padded) codes[at] = (char)zcl_quant_code(held[i], r);
  }
}
