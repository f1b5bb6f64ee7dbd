// Operator: attention_f32 (NUMERICS.md 3.13)
// What:     y = softmax(q k^T) v per token and head in float32, over blocks of 64 keys
// Buffers:  qkv float [M, qkv_stride]; the layer's cache in layout KV_CPU: keys float, values
//           float; sequences struct sequence_entry [S], block table int, tiles struct
//           sequence_tile; y float [M, y_stride]
// Args:     struct attention_f32_args
// Launch:   global (H, tiles of ATTENTION_ROWS_CPU rows), local 1
// Variants: .group (GPUs)
// Source:   online softmax: Milakov and Gimelshein, arXiv 1805.02867; blocks of keys:
//           FlashAttention, arXiv 2205.14135
// Not here: storing keys and values (store_kv)
#include "abi/attention_f32.h"
#include "common/attention_tile.h"
#include "common/elementary.h"

#define ROWS ATTENTION_ROWS_CPU
#define LANES_8 (int8)(0, 1, 2, 3, 4, 5, 6, 7)

// One head's part of one block of the cache.
struct attention_f32_block {
  global const float* keys;
  global const float* values;
};

// o[r][d] = fma(o, old[r], (chain over the keys of p * values) * gain[r]) for 8 * VECTORS columns
// from d on of COUNT rows. p: [key][COUNT]. All rows see `least` keys, row r sees seen[r] of `most`.
// COUNT and VECTORS are literals, because PoCL unrolls before it inlines.
#define DEFINE_VALUES(COUNT, VECTORS)                                                            \
  static void attention_f32_values_##COUNT##x##VECTORS(                                          \
      const float* p, const int least, const int most, const int* seen,                          \
      global const float* values, const int padded, const int d, const float* old,               \
      const float* gain, float* o) {                                                             \
    float8 sum[COUNT][VECTORS];                                                                  \
    _Pragma("unroll") for (int r = 0; r < COUNT; ++r)                                            \
        _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) sum[r][v] = 0.0f;                    \
    for (int i = 0; i < least; ++i) {                                                            \
      const int j = ZCL_ORDER(i, least);                                                         \
      float8 value[VECTORS];                                                                     \
      _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) value[v] =                             \
          vload8(v, values + j * padded + d);                                                    \
      _Pragma("unroll") for (int r = 0; r < COUNT; ++r)                                          \
          _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) sum[r][v] =                        \
              fma((float8)(p[j * COUNT + r]), value[v], sum[r][v]);                              \
    }                                                                                            \
    for (int j = least; j < most; ++j)                                                           \
      _Pragma("unroll") for (int r = 0; r < COUNT; ++r)                                          \
          _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) if (j < seen[r]) sum[r][v] =       \
              fma((float8)(p[j * COUNT + r]), vload8(v, values + j * padded + d), sum[r][v]);    \
    _Pragma("unroll") for (int r = 0; r < COUNT; ++r)                                            \
        _Pragma("unroll") for (int v = 0; v < VECTORS; ++v) {                                    \
      float* to = o + r * padded + d;                                                            \
      vstore8(fma(vload8(v, to), (float8)(old[r]), sum[r][v] * gain[r]), v, to);                 \
    }                                                                                            \
  }

DEFINE_VALUES(8, 2)
DEFINE_VALUES(1, 4)
DEFINE_VALUES(1, 2)

// Elements of a tile's rows, [D][row]; rows past the last repeat it.
static void attention_f32_load_rows(global const float* q, const int stride, const int rows,
                                    const int size, float8* columns) {
  global const float* row[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; ++r) row[r] = q + (size_t)min(r, rows - 1) * stride;
  for (int d = 0; d < size; ++d) {
    float lane[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) lane[r] = row[r][d];
    columns[d] = vload8(0, lane);
  }
}

// x of 16 keys for the rows of a tile. Lanes are the rows: nothing is ever summed across lanes.
static void attention_f32_scores(const float8* q, global const float* keys, const int size,
                                 const float scale, float8* x) {
  float8 sum[16];
#pragma unroll
  for (int j = 0; j < 16; ++j) sum[j] = 0.0f;
  for (int d = 0; d < size; ++d)
#pragma unroll
    for (int j = 0; j < 16; ++j) sum[j] = fma(q[d], (float8)(keys[d * KEY_BLOCK + j]), sum[j]);
#pragma unroll
  for (int j = 0; j < 16; ++j) x[j] = sum[j] * scale;
}

// Softmax of one block for a tile: x becomes p, with the largest x and the sum of p. `seen`: keys
// that each row sees, `least` and `most` the extremes over the rows.
static void attention_f32_softmax(float8* x, const int8 seen, const int least, const int most,
                                  float8* largest, float8* total) {
  float8 top = -INFINITY;
  for (int j = 0; j < most; ++j) top = x[j] > top && j < seen ? x[j] : top;
  float8 sum[SOFTMAX_LANES];
#pragma unroll
  for (int i = 0; i < SOFTMAX_LANES; ++i) sum[i] = 0.0f;
  for (int j = 0; j < most; j += SOFTMAX_LANES)
#pragma unroll
    for (int i = 0; i < SOFTMAX_LANES; ++i) {
      const float8 p = zcl_exp2_8(x[j + i] - top);
      x[j + i] = j + i < seen ? p : (float8)(0.0f);
      sum[i] += x[j + i];
    }
  *largest = top;
  *total = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

// One query row: lanes are keys. p [64] of one block, the largest x and the sum of p.
static void attention_f32_row_softmax(global const float* q, global const float* keys,
                                      const int size, const float scale, const int seen, float* p,
                                      float* largest, float* total) {
  float8 x[8];
#pragma unroll
  for (int c = 0; c < 8; ++c) x[c] = 0.0f;
  for (int d = 0; d < size; ++d)
#pragma unroll
    for (int c = 0; c < 8; ++c)
      x[c] = fma((float8)(q[d]), vload8(d * (KEY_BLOCK / 8) + c, keys), x[c]);
  float8 top = -INFINITY;
#pragma unroll
  for (int c = 0; c < 8; ++c) {
    x[c] = x[c] * scale;
    top = x[c] > top && 8 * c + LANES_8 < seen ? x[c] : top;
  }
  const float4 top4 = top.lo > top.hi ? top.lo : top.hi;
  const float2 top2 = top4.lo > top4.hi ? top4.lo : top4.hi;
  const float top1 = top2.x > top2.y ? top2.x : top2.y;
  float8 sum = 0.0f;
#pragma unroll
  for (int c = 0; c < 8; ++c) {
    const float8 e = zcl_exp2_8(x[c] - top1);
    const float8 visible = 8 * c + LANES_8 < seen ? e : (float8)(0.0f);
    sum += visible;
    vstore8(visible, c, p);
  }
  *largest = top1;
  *total = ((sum.s0 + sum.s1) + (sum.s2 + sum.s3)) + ((sum.s4 + sum.s5) + (sum.s6 + sum.s7));
}

// The head's part of a block of the cache.
static struct attention_f32_block attention_f32_part(struct attention_f32_block cache,
                                                     const int block, const int head,
                                                     const int heads, const int size) {
  const size_t part = (size_t)block * heads + head;
  cache.keys += part * KV_CPU_F32_KEYS(size);
  cache.values += part * KV_PADDED_PART(size);
  return cache;
}

// The rows of a tile: o [row][padded D] and l [row] of NUMERICS.md 3.13.
static void attention_f32_tile(global const float* q, const struct attention_f32_block cache,
                               const struct zcl_tile tile, const int head,
                               const struct attention_f32_args* args, float* o, float* l) {
  const int size = args->head_size, padded = KV_PADDED(size);
  // Keys that each row sees, and the extremes over the rows; rows past the last repeat it.
  const int8 row = min(LANES_8, (int8)(tile.rows - 1));
  const int8 seen = args->causal ? tile.position + 1 + row : (int8)(tile.keys);
  const int least = args->causal ? tile.position + 1 : tile.keys;
  const int most = args->causal ? tile.position + tile.rows : tile.keys;

  float8 columns[HEAD_SIZE_LIMIT];
  attention_f32_load_rows(q, args->qkv_stride, tile.rows, size, columns);
  float8 m = -INFINITY, sum = 0.0f;
  for (int first = 0; first < most; first += KEY_BLOCK) {
    const struct attention_f32_block block =
        attention_f32_part(cache, tile.blocks[first / KEY_BLOCK], head, args->heads, size);
    const int here = min(most - first, KEY_BLOCK);
    float8 x[KEY_BLOCK], largest, total;
    for (int j = 0; j < here; j += 16)
      attention_f32_scores(columns, block.keys + j, size, args->scale, x + j);
    attention_f32_softmax(x, seen - first, min(least - first, KEY_BLOCK), here, &largest, &total);
    const float8 top = largest > m ? largest : m;
    const float8 old = zcl_exp2_8(m - top), new = zcl_exp2_8(largest - top);
    float p[KEY_BLOCK * ROWS], old_of[ROWS], gain[ROWS];
    int seen_of[ROWS];
    for (int j = 0; j < here; ++j) vstore8(x[j], j, p);
    vstore8(old, 0, old_of);
    vstore8(new, 0, gain);
    vstore8(seen - first, 0, seen_of);
    for (int d = 0; d < padded; d += 16)
      attention_f32_values_8x2(p, min(least - first, KEY_BLOCK), here, seen_of, block.values,
                               padded, d, old_of, gain, o);
    sum = fma(sum, old, total * new);
    m = top;
  }
  vstore8(sum, 0, l);
}

// A tile of one row: decoding.
static void attention_f32_row(global const float* q, const struct attention_f32_block cache,
                              const struct zcl_tile tile, const int head,
                              const struct attention_f32_args* args, float* o, float* l) {
  const int size = args->head_size, padded = KV_PADDED(size);
  const int seen = args->causal ? tile.position + 1 : tile.keys;
  float m = -INFINITY, sum = 0.0f;
  for (int first = 0; first < seen; first += KEY_BLOCK) {
    const struct attention_f32_block block =
        attention_f32_part(cache, tile.blocks[first / KEY_BLOCK], head, args->heads, size);
    const int here = min(seen - first, KEY_BLOCK);
    float p[KEY_BLOCK], largest, total;
    attention_f32_row_softmax(q, block.keys, size, args->scale, here, p, &largest, &total);
    const float top = largest > m ? largest : m;
    const float old = zcl_exp2(m - top), new = zcl_exp2(largest - top);
    int d = 0;
    for (; d + 32 <= padded; d += 32)
      attention_f32_values_1x4(p, here, here, &here, block.values, padded, d, &old, &new, o);
    if (d < padded)
      attention_f32_values_1x2(p, here, here, &here, block.values, padded, d, &old, &new, o);
    sum = fma(sum, old, total * new);
    m = top;
  }
  *l = sum;
}

kernel void attention_f32(global const float* qkv, global const float* keys,
                          global const float* values,
                          global const struct sequence_entry* sequences,
                          global const int* block_table, global const struct sequence_tile* tiles,
                          global float* y, const struct attention_f32_args args) {
  const int head = get_global_id(0), size = args.head_size, width = args.heads * size;
  const struct zcl_tile tile = zcl_tile_of(tiles[get_global_id(1)], ROWS, sequences, block_table);
  const struct attention_f32_block cache = {keys, values};

  float o[ROWS * HEAD_SIZE_LIMIT], l[ROWS];
  for (int i = 0; i < tile.rows * KV_PADDED(size); i += 16)
    vstore16((float16)(0.0f), 0, o + i);
  qkv += tile.row * args.qkv_stride + head * size;
  if (tile.rows == 1)
    attention_f32_row(qkv, cache, tile, head, &args, o, l);
  else
    attention_f32_tile(qkv, cache, tile, head, &args, o, l);
  zcl_store_attention(o, l, tile.rows, size, tile.row * width + head * size, width, args.y_stride,
                      y + tile.row * args.y_stride + head * size);
}
