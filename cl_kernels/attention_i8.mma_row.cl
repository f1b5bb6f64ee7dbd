// Operator: attention_i8 (NUMERICS.md 3.12)
// What:     y = softmax(q k^T) v for calls of one token a sequence: decoding
// Buffers:  as attention_i8.mma.cl
// Args:     struct attention_i8_args
// Launch:   one work-group of 32 * ATTENTION_MMA_ROW_BLOCKS items a tile, of one row, and head:
//           (32 * ATTENTION_MMA_ROW_BLOCKS * H * tiles)
// Variants: the part of attention_i8.mma.cl where a product's 16 rows would be one. A warp computes
//           a block of keys with dp4a; blocks are independent until their sums are joined, which
//           the whole work-group does in the order of the keys.
// Source:   blocks of keys in parallel: Flash-Decoding, Dao et al. 2023
// Not here: calls of more tokens (attention_i8.mma.cl), quantizing q, k and v (quantize_qkv)
#include "abi/attention_i8.h"
#include "common/attention_i8_weights.h"
#include "common/attention_tile.h"
#include "common/elementary.h"
#include "common/nvidia_mma.h"

#define WARPS ATTENTION_MMA_ROW_BLOCKS
#define ITEMS (NVIDIA_WARP * WARPS)
#define HALVES (KEY_BLOCK / NVIDIA_WARP)  // keys of a lane: slots lane and lane + 32
#define AHEAD 2                           // columns of a lane whose values are loaded early

// What a work-group shares.
struct attention_i8_mma_row_block {
  float level, total, scale;  // mu, lb and s
};
struct attention_i8_mma_row_shared {
  local uint4* q;                                  // codes, zeros past D
  local uint* codes;                               // [warp][KEY_BLOCK / 4] of the weights
  local float* sums;                               // [warp][HEAD_SIZE_LIMIT] O
  local struct attention_i8_mma_row_block* block;  // [warp]
};

static inline int attention_i8_mma_row_dot(const uint4 a, const uint4 b, const int sum) {
  return nvidia_dot4(a.w, b.w,
                     nvidia_dot4(a.z, b.z, nvidia_dot4(a.y, b.y, nvidia_dot4(a.x, b.x, sum))));
}

// The largest of the warp's values, NaN apart.
static inline float attention_i8_mma_row_largest(float value) {
#pragma unroll
  for (int mask = NVIDIA_WARP / 2; mask > 0; mask /= 2)
    value = fmax(value, nvidia_shuffle_xor(value, mask));
  return value;
}

// The sum of the warp's weights: exact in any order.
static inline float attention_i8_mma_row_sum(float value) {
#pragma unroll
  for (int mask = NVIDIA_WARP / 2; mask > 0; mask /= 2) value += nvidia_shuffle_xor(value, mask);
  return value;
}

// The codes of column d, in the order of KV_GPU_I8_PLACE.
static inline void attention_i8_mma_row_values(global const char* values, const int d,
                                               const int padded, uint4* v) {
#pragma unroll
  for (int q = 0; q < 4; ++q) v[q] = *(global const uint4*)(values + (q * padded + d) * 16);
}

// O of a column and ROUND_MAGIC; `codes` are the weights' of the warp.
static inline float attention_i8_mma_row_product(local const uint* codes, const uint4* v) {
  local const uint4* e = (local const uint4*)codes;
  int sum = ROUND_MAGIC_BITS;
#pragma unroll
  for (int q = 0; q < 4; ++q) sum = attention_i8_mma_row_dot(e[q], v[q], sum);
  return as_float(sum);
}

// A warp's block of keys, of which the first `seen` are there. All that joining needs goes to the
// warp's part of `shared`. factor: of the scores.
static inline void attention_i8_mma_row_one(const struct zcl_i8_cache block, const int seen,
                                            const float factor, const int padded,
                                            const struct attention_i8_mma_row_shared shared) {
  const int lane = (int)get_local_id(0) % NVIDIA_WARP, warp = (int)get_local_id(0) / NVIDIA_WARP;
  uint4 v[AHEAD][4];
#pragma unroll
  for (int c = 0; c < AHEAD; ++c)
    attention_i8_mma_row_values(block.values, min(NVIDIA_WARP * c + lane, padded - 1), padded,
                                v[c]);
  int dot[HALVES] = {ROUND_MAGIC_BITS, ROUND_MAGIC_BITS};
#pragma unroll 4
  for (int piece = 0; piece < padded / 16; ++piece)
#pragma unroll
    for (int h = 0; h < HALVES; ++h) {
      const uint4 k =
          *(global const uint4*)(block.keys + (piece * KEY_BLOCK + NVIDIA_WARP * h + lane) * 16);
      dot[h] = attention_i8_mma_row_dot(k, shared.q[piece], dot[h]);
    }
  float t[HALVES], values[HALVES], most = -INFINITY, total = 0.0f;
  uint absmax = 0;
#pragma unroll
  for (int h = 0; h < HALVES; ++h) {
    const int key = NVIDIA_WARP * h + lane;
    t[h] = attention_i8_score(as_float(dot[h]), block.key_scales[key]);
    values[h] = key < seen ? block.value_scales[key] : 0.0f;
    if (key < seen) most = fmax(t[h], most);
    absmax = max(zcl_abs_bits(values[h]), absmax);
  }
  const float shift = attention_i8_shift(attention_i8_mma_row_largest(most), factor);
  float r, scale;
  zcl_quant_scale(nvidia_warp_max(absmax), &r, &scale);
  local uint* codes = shared.codes + warp * (KEY_BLOCK / 4);
#pragma unroll
  for (int h = 0; h < HALVES; ++h) {
    const int key = NVIDIA_WARP * h + lane;
    const float power = nvidia_exp2(fma(t[h], factor, shift) - SCORE_MAGIC);
    const float p = key < seen ? ATTENTION_ROUND(power) : 0.0f;
    total += p;
    ((local char*)codes)[KV_GPU_I8_PLACE(key)] =
        (char)zcl_quant_code(p, attention_i8_factor(values[h], r));
  }
  total = attention_i8_mma_row_sum(total);
  if (lane == 0) {
    shared.block[warp].level = SCORE_MAGIC - shift;
    shared.block[warp].total = total;
    shared.block[warp].scale = scale;
  }
  nvidia_warp_barrier();
  local float* sums = shared.sums + warp * HEAD_SIZE_LIMIT;
#pragma unroll
  for (int c = 0; c < AHEAD; ++c)
    if (NVIDIA_WARP * c + lane < padded)
      sums[NVIDIA_WARP * c + lane] = attention_i8_mma_row_product(codes, v[c]);
  for (int d = NVIDIA_WARP * AHEAD + lane; d < padded; d += NVIDIA_WARP) {
    attention_i8_mma_row_values(block.values, d, padded, v[0]);
    sums[d] = attention_i8_mma_row_product(codes, v[0]);
  }
}

// Asks for the codes of a head's part of a block.
static inline void attention_i8_mma_row_prefetch(const struct zcl_i8_cache block, const int size) {
  const int lane = (int)get_local_id(0) % NVIDIA_WARP;
  for (int at = lane * 128; at < KV_PADDED_PART(size); at += NVIDIA_WARP * 128) {
    nvidia_prefetch(block.keys + at);
    nvidia_prefetch(block.values + at);
  }
}

kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void attention_i8_mma_row(
    global const char* q, global const float* q_scales, global const char* keys,
    global const float* key_scales, global const char* values, global const float* value_scales,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const struct sequence_tile* tiles, global float* y,
    const struct attention_i8_args args) {
  local uint4 query[HEAD_SIZE_LIMIT / 16], codes[WARPS * KEY_BLOCK / 16];
  local float sums[WARPS * HEAD_SIZE_LIMIT];
  local struct attention_i8_mma_row_block blocks[WARPS];
  const struct attention_i8_mma_row_shared shared = {query, (local uint*)codes, sums, blocks};
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  const int head = (int)get_group_id(0) % args.heads, index = (int)get_group_id(0) / args.heads;
  const int item = get_local_id(0), warp = item / NVIDIA_WARP, size = args.head_size;
  const struct zcl_tile tile =
      zcl_tile_of(tiles[index], ATTENTION_ROWS_GPU, sequences, block_table);
  const int seen = args.causal ? tile.position + 1 : tile.keys;

  if (item < KV_PADDED(size))
    ((local char*)query)[item] =
        item < size ? q[tile.row * args.q_stride + head * size + item] : (char)0;
  const float factor = q_scales[tile.row * args.heads + head] * args.scale;
  barrier(CLK_LOCAL_MEM_FENCE);
  float o = 0.0f, m = -INFINITY, l = 0.0f;  // an item joins the sums of one column
  for (int round = 0; round < seen; round += WARPS * KEY_BLOCK) {
    const int first = round + warp * KEY_BLOCK, next = first + WARPS * KEY_BLOCK;
    if (next < seen)
      attention_i8_mma_row_prefetch(zcl_i8_cache_block(cache, tile, next, head, args.heads, size),
                                    size);
    if (first < seen)
      attention_i8_mma_row_one(zcl_i8_cache_block(cache, tile, first, head, args.heads, size),
                               seen - first, factor, KV_PADDED(size), shared);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int b = 0; b < WARPS && round + b * KEY_BLOCK < seen; ++b) {
      const float level = blocks[b].level, top = level > m ? level : m;
      const float old = zcl_exp2(m - top), fresh = zcl_exp2(level - top);
      const float gain = attention_i8_gain(blocks[b].scale * fresh);
      if (item < size) o = attention_i8_join(o, old, sums[b * HEAD_SIZE_LIMIT + item], gain);
      l = fma(l, old, blocks[b].total * fresh);
      m = top;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (item >= size) return;
  const size_t at = tile.row * (size_t)(args.heads * size) + head * size + item;
  y[tile.row * (size_t)args.y_stride + head * size + item] = ZCL_ELEMENT_F(o * (1.0f / l), at);
}
