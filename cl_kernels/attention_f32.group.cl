// Operator: attention_f32 (NUMERICS.md 3.13)
// What:     y = softmax(q k^T) v per token and head in float32, over blocks of 64 keys
// Buffers:  qkv float [M, qkv_stride]; the layer's cache in layout KV_GPU: keys float, values
//           float; sequences struct sequence_entry [S], block table int, tiles struct
//           sequence_tile; y float [M, y_stride]
// Args:     struct attention_f32_args
// Launch:   one work-group of 64 items a tile of ATTENTION_ROWS_GPU rows and head: (64 * tiles, H)
// Variants: GPU shape of attention_f32.cl
// Source:   online softmax: Milakov and Gimelshein, arXiv 1805.02867; blocks of keys:
//           FlashAttention, arXiv 2205.14135
// Not here: storing keys and values (store_kv)
#include "abi/attention_f32.h"
#include "common/attention_group.h"

struct attention_f32_group_cache {
  global const float* keys;
  global const float* values;
};

// The head's part of the block that holds the key at position `first`.
static inline struct attention_f32_group_cache attention_f32_group_block(
    struct attention_f32_group_cache cache, const struct zcl_tile tile, const int first,
    const int head, const struct attention_f32_args args) {
  const size_t part = (size_t)tile.blocks[first / KEY_BLOCK] * args.heads + head;
  cache.keys += part * KV_PADDED_PART(args.head_size);
  cache.values += part * KV_PADDED_PART(args.head_size);
  return cache;
}

// sum[r] = the ascending chain over d of query row r times one key. q: [d][row].
static inline __attribute__((always_inline)) void attention_f32_group_scores(
    global const float* keys, const int size, local const float* q, const int rows, float* sum) {
  for (int d = 0; d < size; d += 4) {
    float key[4];
    vstore4(vload4((size_t)(d / 4) * KEY_BLOCK, keys), 0, key);
#pragma unroll
    for (int i = 0; i < 4; ++i)
      if (d + i < size)
#pragma unroll
        for (int r = 0; r < rows; ++r)
          sum[r] = fma(q[(d + i) * GROUP_STRIDE + r], key[i], sum[r]);
  }
}

// sum[r] = the ascending chain over the keys of p times one column of the values. Row r sees
// least + r * step keys, no more than `most`. p: [key][row].
static inline __attribute__((always_inline)) void attention_f32_group_sums(
    global const float* values, const int padded, const int least, const int step, const int most,
    local const float* p, const int rows, float* sum) {
  for (int i = 0; i < min(least, most); ++i) {
    const int j = ZCL_ORDER(i, min(least, most));
    const float value = values[j * padded];
#pragma unroll
    for (int r = 0; r < rows; ++r) sum[r] = fma(p[j * GROUP_STRIDE + r], value, sum[r]);
  }
  for (int j = max(least, 0); j < most; ++j) {
    const float value = values[j * padded];
#pragma unroll
    for (int r = 0; r < rows; ++r)
      if (j < least + r * step) sum[r] = fma(p[j * GROUP_STRIDE + r], value, sum[r]);
  }
}

// p in place of x, and per row the factors of o = fma(o, old, sum * gain).
static inline void attention_f32_group_softmax(local float* x, const int seen,
                                               const struct group_scratch scratch, float* m,
                                               float* l) {
  const int row = (int)get_local_id(0) % GROUP_ROWS, part = (int)get_local_id(0) / GROUP_ROWS;
  const float largest = group_largest(x, seen, scratch.largest);
  float sum[2] = {0.0f, 0.0f};
  for (int c = 0; c < KEY_BLOCK / SOFTMAX_LANES; ++c)
    for (int half_of = 0; half_of < 2; ++half_of) {
      const int j = SOFTMAX_LANES * c + part + 4 * half_of;
      const float p = j < seen ? zcl_exp2(x[j * GROUP_STRIDE + row] - largest) : 0.0f;
      sum[half_of] += p;
      x[j * GROUP_STRIDE + row] = p;
    }
  group_advance(largest, group_sum8(sum, scratch.lanes), 1.0f, scratch, m, l);
}

// A tile. An item is a key for the scores, and `pieces` columns of all rows for the sums.
static inline __attribute__((always_inline)) void attention_f32_group_tile(
    local const float* q, const struct attention_f32_group_cache cache,
    const struct zcl_tile tile, const int head, const struct attention_f32_args args,
    const int pieces, local float* x, const struct group_scratch scratch, global float* y) {
  const int item = get_local_id(0), size = args.head_size, padded = KV_PADDED(size);
  const int least = args.causal ? tile.position + 1 : tile.keys;
  const int most = args.causal ? tile.position + tile.rows : tile.keys;
  const int seen = group_seen(tile, args.causal, item % GROUP_ROWS);
  float o[4 * GROUP_ROWS], m = -INFINITY, l = 0.0f;
#pragma unroll
  for (int i = 0; i < pieces * GROUP_ROWS; ++i) o[i] = 0.0f;
  for (int first = 0; first < most; first += KEY_BLOCK) {
    const struct attention_f32_group_cache block =
        attention_f32_group_block(cache, tile, first, head, args);
    float sum[GROUP_ROWS];
#pragma unroll
    for (int r = 0; r < GROUP_ROWS; ++r) sum[r] = 0.0f;
    attention_f32_group_scores(block.keys + item * 4, size, q, GROUP_ROWS, sum);
#pragma unroll
    for (int r = 0; r < GROUP_ROWS; ++r) x[item * GROUP_STRIDE + r] = sum[r] * args.scale;
    barrier(CLK_LOCAL_MEM_FENCE);
    attention_f32_group_softmax(x, seen - first, scratch, &m, &l);
#pragma unroll
    for (int c = 0; c < pieces; ++c) {
      const int d = item + c * GROUP_ITEMS;
      if (d >= size) continue;
#pragma unroll
      for (int r = 0; r < GROUP_ROWS; ++r) sum[r] = 0.0f;
      attention_f32_group_sums(block.values + d, padded, least - first, args.causal,
                               min(most - first, KEY_BLOCK), x, GROUP_ROWS, sum);
#pragma unroll
      for (int r = 0; r < GROUP_ROWS; ++r)
        o[c * GROUP_ROWS + r] =
            fma(o[c * GROUP_ROWS + r], scratch.old[r], sum[r] * scratch.gain[r]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  group_invert(l, scratch);
#pragma unroll
  for (int c = 0; c < pieces; ++c)
#pragma unroll
    for (int r = 0; r < GROUP_ROWS; ++r)
      group_store(o[c * GROUP_ROWS + r], r, item + c * GROUP_ITEMS, tile, head, args.heads, size,
                  args.y_stride, scratch, y);
}

// A tile of one row: decoding. An item is a key, then a column; local memory x: [key] of the
// score and p.
static inline void attention_f32_group_row(
    local const float* q, const struct attention_f32_group_cache cache,
    const struct zcl_tile tile, const int head, const struct attention_f32_args args,
    local float* x, const struct group_scratch scratch, global float* y) {
  const int item = get_local_id(0), size = args.head_size, padded = KV_PADDED(size);
  const int seen = args.causal ? tile.position + 1 : tile.keys;
  float o[4] = {0.0f, 0.0f, 0.0f, 0.0f}, m = -INFINITY, l = 0.0f;
  for (int first = 0; first < seen; first += KEY_BLOCK) {
    const struct attention_f32_group_cache block =
        attention_f32_group_block(cache, tile, first, head, args);
    const int here = min(seen - first, KEY_BLOCK);
    float dot = 0.0f;
    attention_f32_group_scores(block.keys + item * 4, size, q, 1, &dot);
    const float score = dot * args.scale;
    const float largest = group_row_largest(score, here, x);
    const float total = group_row_sum8(item < here ? zcl_exp2(score - largest) : 0.0f, x + 1);
    const float top = largest > m ? largest : m;
    const float old = zcl_exp2(m - top), new = zcl_exp2(largest - top);
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      const int d = item + c * GROUP_ITEMS;
      if (d >= size) continue;
      float sum = 0.0f;
      attention_f32_group_sums(block.values + d, padded, here, 0, here, x + 1, 1, &sum);
      o[c] = fma(o[c], old, sum * new);
    }
    l = fma(l, old, total * new);
    m = top;
  }
  group_invert(l, scratch);
#pragma unroll
  for (int c = 0; c < 4; ++c)
    group_store(o[c], 0, item + c * GROUP_ITEMS, tile, head, args.heads, size, args.y_stride,
                scratch, y);
}

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void attention_f32_group(global const float* qkv, global const float* keys,
                         global const float* values,
                         global const struct sequence_entry* sequences,
                         global const int* block_table, global const struct sequence_tile* tiles,
                         global float* y, const struct attention_f32_args args) {
  local float q[HEAD_SIZE_LIMIT * GROUP_STRIDE], x[KEY_BLOCK * GROUP_STRIDE];
  local float largest[GROUP_ITEMS], lanes[2 * GROUP_ITEMS], old[GROUP_ROWS], gain[GROUP_ROWS];
  const struct group_scratch scratch = {0, largest, lanes, old, gain, 0};
  const struct attention_f32_group_cache cache = {keys, values};
  const int head = get_group_id(1), item = get_local_id(0), size = args.head_size;
  const struct zcl_tile tile =
      zcl_tile_of(tiles[get_group_id(0)], GROUP_ROWS, sequences, block_table);

  // Rows past the last repeat it.
  for (int i = item; i < GROUP_ROWS * size; i += GROUP_ITEMS) {
    const size_t row = tile.row + min(i / size, tile.rows - 1);
    q[i % size * GROUP_STRIDE + i / size] = qkv[row * args.qkv_stride + head * size + i % size];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (tile.rows == 1)
    attention_f32_group_row(q, cache, tile, head, args, x, scratch, y);
  else if (size <= GROUP_ITEMS)
    attention_f32_group_tile(q, cache, tile, head, args, 1, x, scratch, y);
  else
    attention_f32_group_tile(q, cache, tile, head, args, HEAD_SIZE_LIMIT / GROUP_ITEMS, x, scratch,
                             y);
}
