// Operator: attention_i8 (NUMERICS.md 3.12)
// What:     y = softmax(q k^T) v per token and head, in integer sums over blocks of 64 keys
// Buffers:  q char [M, q_stride] (CODES_I8), q scales float [M, H]; the layer's cache in layout
//           KV_GPU: keys char, key scales float, values char, value scales float; sequences
//           struct sequence_entry [S], block table int, tiles struct sequence_tile; y float
// Args:     struct attention_i8_args
// Launch:   one work-group of 64 items a tile of ATTENTION_ROWS_GPU rows and head: (64 * tiles, H)
// Variants: GPU shape of attention_i8.cl
// Source:   online softmax: Milakov and Gimelshein, arXiv 1805.02867; blocks of keys:
//           FlashAttention, arXiv 2205.14135
// Not here: quantizing q, k and v (quantize_qkv)
#include "abi/attention_i8.h"
#include "common/attention_group.h"
#include "common/attention_i8_weights.h"

// sum[r] += the products of 16 * pieces codes of one key, or of one column if `values`, with row r
// of factors, as floats: exact, since no sum reaches 2^24. An item reads codes that no other needs;
// the factors serve all.
static inline __attribute__((always_inline)) void attention_i8_group_dot(
    global const char* codes, const int stride, const int pieces, const bool values,
    local const float* factors, const int rows, float* sum) {
  for (int piece = 0; piece < pieces; ++piece) {
    const char16 code = vload16((size_t)piece * stride, codes);
    const float16 wide = convert_float16(code);
    float one[16];
    vstore16(wide, 0, one);
#pragma unroll
    for (int i = 0; i < 16; ++i) {
      const int place = piece * 16 + i, at = values ? KV_GPU_I8_SLOT(place) : place;
#pragma unroll
      for (int r = 0; r < rows; ++r) sum[r] = fma(one[i], factors[at * GROUP_STRIDE + r], sum[r]);
    }
  }
}

// Codes of the weights in place of x, and per row the factors `old` and `gain` of the sums; m and l
// of the item's row go on. A row's four items share its keys.
static inline void attention_i8_group_softmax(local float* x, global const float* value_scales,
                                              const int seen, const struct group_scratch scratch,
                                              float* m, float* l) {
  const int row = (int)get_local_id(0) % GROUP_ROWS, part = (int)get_local_id(0) / GROUP_ROWS;
  const float a = scratch.query_scales[row];
  const float largest = group_largest(x, seen, scratch.largest);
  const float shift = attention_i8_shift(largest, a);
  uint absmax = 0;
  for (int j = part; j < min(seen, KEY_BLOCK); j += GROUP_PARTS)
    absmax = max(absmax, zcl_abs_bits(value_scales[j]));
  scratch.absmax[part * GROUP_ROWS + row] = absmax;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int other = 0; other < GROUP_PARTS; ++other)
    absmax = max(absmax, scratch.absmax[other * GROUP_ROWS + row]);
  float r, scale, sum = 0.0f;  // exact in any order
  zcl_quant_scale(absmax, &r, &scale);
  for (int j = part; j < KEY_BLOCK; j += GROUP_PARTS) {
    float code = 0.0f;
    if (j < seen) {
      const float p = attention_i8_weight(x[j * GROUP_STRIDE + row], a, shift);
      sum += p;
      if (r != 0.0f) code = ZCL_CODE_FLOAT(p, attention_i8_factor(value_scales[j], r));
    }
    x[j * GROUP_STRIDE + row] = code;
  }
  scratch.lanes[part * GROUP_ROWS + row] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int other = 1; other < GROUP_PARTS; ++other)
    sum += scratch.lanes[(part + other) % GROUP_PARTS * GROUP_ROWS + row];
  group_advance(SCORE_MAGIC - shift, sum, scale, scratch, m, l);
}

// A tile. An item is a key for the scores, and `pieces` columns of all rows for the sums.
static inline __attribute__((always_inline)) void attention_i8_group_tile(
    local const float* q, const struct zcl_i8_cache cache, const struct zcl_tile tile,
    const int head, const struct attention_i8_args args, const int pieces, local float* x,
    const struct group_scratch scratch, global float* y) {
  const int item = get_local_id(0), size = args.head_size, padded = KV_PADDED(size);
  const int most = args.causal ? tile.position + tile.rows : tile.keys;
  const int seen = group_seen(tile, args.causal, item % GROUP_ROWS);
  float o[4 * GROUP_ROWS], m = -INFINITY, l = 0.0f;
#pragma unroll
  for (int i = 0; i < pieces * GROUP_ROWS; ++i) o[i] = 0.0f;
  for (int first = 0; first < most; first += KEY_BLOCK) {
    const struct zcl_i8_cache block =
        zcl_i8_cache_block(cache, tile, first, head, args.heads, size);
    float sum[GROUP_ROWS];
#pragma unroll
    for (int r = 0; r < GROUP_ROWS; ++r) sum[r] = 0.0f;
    attention_i8_group_dot(block.keys + item * 16, KEY_BLOCK, padded / 16, false, q, GROUP_ROWS,
                           sum);
    const float key_scale = block.key_scales[item];
#pragma unroll
    for (int r = 0; r < GROUP_ROWS; ++r)
      x[item * GROUP_STRIDE + r] = attention_i8_score(sum[r] + ROUND_MAGIC, key_scale);
    barrier(CLK_LOCAL_MEM_FENCE);
    attention_i8_group_softmax(x, block.value_scales, seen - first, scratch, &m, &l);
#pragma unroll
    for (int c = 0; c < pieces; ++c) {
      const int d = item + c * GROUP_ITEMS;
      if (d >= size) continue;
#pragma unroll
      for (int r = 0; r < GROUP_ROWS; ++r) sum[r] = 0.0f;
      attention_i8_group_dot(block.values + d * 16, padded, KEY_BLOCK / 16, true, x, GROUP_ROWS,
                             sum);
#pragma unroll
      for (int r = 0; r < GROUP_ROWS; ++r)
        o[c * GROUP_ROWS + r] =
            attention_i8_join(o[c * GROUP_ROWS + r], scratch.old[r], sum[r] + ROUND_MAGIC,
                              attention_i8_gain(scratch.gain[r]));
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
// score, p and the code of the weight.
static inline void attention_i8_group_row(local const float* q, const struct zcl_i8_cache cache,
                                          const struct zcl_tile tile, const int head,
                                          const struct attention_i8_args args, local float* x,
                                          const struct group_scratch scratch, global float* y) {
  const int item = get_local_id(0), size = args.head_size, padded = KV_PADDED(size);
  const int seen = args.causal ? tile.position + 1 : tile.keys;
  float o[4] = {0.0f, 0.0f, 0.0f, 0.0f}, m = -INFINITY, l = 0.0f;
  for (int first = 0; first < seen; first += KEY_BLOCK) {
    const struct zcl_i8_cache block =
        zcl_i8_cache_block(cache, tile, first, head, args.heads, size);
    const int here = seen - first;
    float dot = 0.0f;
    attention_i8_group_dot(block.keys + item * 16, KEY_BLOCK, padded / 16, false, q, 1, &dot);
    const float a = scratch.query_scales[0];
    const float score = attention_i8_score(dot + ROUND_MAGIC, block.key_scales[item]);
    const float shift = attention_i8_shift(group_row_largest(score, here, x), a);
    scratch.absmax[item] = item < here ? zcl_abs_bits(block.value_scales[item]) : 0;
    const float p = item < here ? attention_i8_weight(score, a, shift) : 0.0f;
    x[item * GROUP_STRIDE + 1] = p;
    barrier(CLK_LOCAL_MEM_FENCE);
    uint absmax = 0;
    float total = 0.0f, r, scale;
    for (int j = 0; j < KEY_BLOCK; ++j) {
      absmax = max(absmax, scratch.absmax[j]);
      total += x[j * GROUP_STRIDE + 1];  // exact in any order
    }
    zcl_quant_scale(absmax, &r, &scale);
    x[item * GROUP_STRIDE + 2] =
        item < here && r != 0.0f
            ? ZCL_CODE_FLOAT(p, attention_i8_factor(block.value_scales[item], r))
            : 0.0f;
    barrier(CLK_LOCAL_MEM_FENCE);
    const float level = SCORE_MAGIC - shift, top = level > m ? level : m;
    const float old = zcl_exp2(m - top), new = zcl_exp2(level - top);
    const float gain = attention_i8_gain(scale * new);
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      const int d = item + c * GROUP_ITEMS;
      if (d >= size) continue;
      float sum = 0.0f;
      attention_i8_group_dot(block.values + d * 16, padded, KEY_BLOCK / 16, true, x + 2, 1, &sum);
      o[c] = attention_i8_join(o[c], old, sum + ROUND_MAGIC, gain);
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

kernel __attribute__((reqd_work_group_size(64, 1, 1))) void attention_i8_group(
    global const char* q, global const float* q_scales, global const char* keys,
    global const float* key_scales, global const char* values, global const float* value_scales,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const struct sequence_tile* tiles, global float* y,
    const struct attention_i8_args args) {
  local float rows[HEAD_SIZE_LIMIT * GROUP_STRIDE], x[KEY_BLOCK * GROUP_STRIDE];
  local float query_scales[GROUP_ROWS], largest[GROUP_ITEMS], lanes[2 * GROUP_ITEMS];
  local float old[GROUP_ROWS], gain[GROUP_ROWS];
  local uint absmax[GROUP_ITEMS];
  const struct group_scratch scratch = {query_scales, largest, lanes, old, gain, absmax};
  const struct zcl_i8_cache cache = {keys, key_scales, values, value_scales};
  const int head = get_group_id(1), item = get_local_id(0), size = args.head_size;
  const struct zcl_tile tile =
      zcl_tile_of(tiles[get_group_id(0)], GROUP_ROWS, sequences, block_table);

  // Rows past the last repeat it; columns past D are zero.
  for (int i = item; i < GROUP_ROWS * KV_PADDED(size); i += GROUP_ITEMS) {
    const int r = i / KV_PADDED(size), d = i % KV_PADDED(size);
    const size_t row = tile.row + min(r, tile.rows - 1);
    rows[d * GROUP_STRIDE + r] = d < size ? q[row * args.q_stride + head * size + d] : 0.0f;
  }
  if (item < GROUP_ROWS)
    query_scales[item] =
        q_scales[(tile.row + min(item, tile.rows - 1)) * args.heads + head] * args.scale;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (tile.rows == 1)
    attention_i8_group_row(rows, cache, tile, head, args, x, scratch, y);
  else if (size <= GROUP_ITEMS)
    attention_i8_group_tile(rows, cache, tile, head, args, 1, x, scratch, y);
  else
    attention_i8_group_tile(rows, cache, tile, head, args, HEAD_SIZE_LIMIT / GROUP_ITEMS, x,
                            scratch, y);
}
