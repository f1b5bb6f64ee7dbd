// Operator: quantize_qkv (NUMERICS.md 3.10)
// What:     queries, keys and values to INT8, a scale per token and head; keys and values go into
//           the cache at the token's position
// Buffers:  as quantize_qkv.group.cl, rows of qkv and q on 16 bytes
// Args:     struct quantize_qkv_args; D a power of two from 16 to 256
// Launch:   D / 16 work-items a token, part (q, k or v) and head, of which each has 16 neighbouring
//           columns; work-groups of 256
// Variants: NVIDIA's warps; portable quantize_qkv.group.cl
// Source:   ZeroQuant, arXiv 2206.01861, 3.2 (token-wise quantization)
#include "abi/quantize_qkv.h"
#include "common/row_warp.h"

// 16 codes as they lie in memory.
static inline uint4 quantize_qkv_warp_pack(const int8 low, const int8 high) {
  return (uint4)(nvidia_low_bytes((uint)low.s0, (uint)low.s1, (uint)low.s2, (uint)low.s3),
                 nvidia_low_bytes((uint)low.s4, (uint)low.s5, (uint)low.s6, (uint)low.s7),
                 nvidia_low_bytes((uint)high.s0, (uint)high.s1, (uint)high.s2, (uint)high.s3),
                 nvidia_low_bytes((uint)high.s4, (uint)high.s5, (uint)high.s6, (uint)high.s7));
}

// Four codes of neighbouring columns, whose places in the cache's values are `step` bytes apart.
static inline void quantize_qkv_warp_values(const uint codes, const int step, global char* to) {
#pragma unroll
  for (int d = 0; d < 4; ++d) to[d * step] = (char)(codes >> (8 * d));
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void quantize_qkv_warp(
    global const float* restrict qkv, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const int* restrict row_sequence,
    global char* restrict q, global float* restrict q_scales, global char* restrict keys,
    global float* restrict key_scales, global char* restrict values,
    global float* restrict value_scales, const struct quantize_qkv_args args) {
  const int size = args.head_size, width = args.heads * size, lanes = size / 16;
  const int lane = (int)get_local_id(0) % lanes;
  const uint unit = (uint)get_global_id(0) / lanes, head = unit % args.heads;
  const uint part = unit / args.heads % 3;
  const size_t row = unit / args.heads / 3, last = args.rows - 1;
  const int column = head * size + 16 * lane;
  global const float* const from = qkv + min(row, last) * args.qkv_stride + part * width + column;
  const float8 low = row_warp_load(from), high = row_warp_load(from + 8);
  float r, scale;
  zcl_quant_scale(row_warp_max(zcl_max_8(max(zcl_abs_bits_8(low), zcl_abs_bits_8(high))), lanes),
                  &r, &scale);
  if (row > last) return;
  int8 first = zcl_quant_code_8(low, r);
  if (part == 0) first = ZCL_ELEMENT_I_8(first, row * width + column);
  const uint4 codes = quantize_qkv_warp_pack(first, zcl_quant_code_8(high, r));

  if (part == 0) {
    global char* const to = q + row * args.q_stride;
    if (lane == 0) q_scales[row * args.heads + head] = scale;
    *(global uint4*)(to + column) = codes;
    if (column + 16 == width)
      for (int k = width; k < args.q_stride; k += 16) *(global uint4*)(to + k) = (uint4)(0);
    return;
  }
  const struct sequence_entry sequence = sequences[row_sequence[row]];
  const int position = sequence.position + ((int)row - sequence.row);
  const int slot = position % KEY_BLOCK;
  const size_t block =
      (size_t)block_table[sequence.blocks + position / KEY_BLOCK] * args.heads + head;
  if (lane == 0) (part == 1 ? key_scales : value_scales)[block * KEY_BLOCK + slot] = scale;
  if (part == 1) {
    *(global uint4*)(keys + block * KV_PADDED_PART(size) + KV_GPU_I8_KEY(slot, 16 * lane)) = codes;
    return;
  }
  const int step = KV_GPU_I8_VALUE(0, 1, size) - KV_GPU_I8_VALUE(0, 0, size);
  global char* const to =
      values + block * KV_PADDED_PART(size) + KV_GPU_I8_VALUE(slot, 16 * lane, size);
  quantize_qkv_warp_values(codes.x, step, to);
  quantize_qkv_warp_values(codes.y, step, to + 4 * step);
  quantize_qkv_warp_values(codes.z, step, to + 8 * step);
  quantize_qkv_warp_values(codes.w, step, to + 12 * step);
}
