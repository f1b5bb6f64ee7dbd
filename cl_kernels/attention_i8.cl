// Operator: attention_i8 (NUMERICS.md 3.12)
// What:     y = softmax(q k^T) v per token and head, in integer sums over blocks of 64 keys
// Buffers:  q short [M, q_stride] (CODES_I16), q scales float [M, H]; the layer's cache in layout
//           KV_CPU: keys char, key scales float, values char, value scales float; sequences
//           struct sequence_entry [S], block table int, tiles struct sequence_tile; y float
// Args:     struct attention_i8_args
// Launch:   global (H, tiles of ATTENTION_ROWS_CPU rows), local 1: the heads of a tile follow each
//           other, so that rows of q and y are read and written while they are in the cache
// Variants: .group (GPUs)
// Source:   online softmax: Milakov and Gimelshein, arXiv 1805.02867; blocks of keys:
//           FlashAttention, arXiv 2205.14135
// Not here: quantizing q, k and v (quantize_qkv)
#include "abi/attention_i8.h"
#include "common/attention_i8_weights.h"
#include "common/attention_tile.h"
#include "common/elementary.h"

#define ROWS ATTENTION_ROWS_CPU
#define LANES_8 (int8)(0, 1, 2, 3, 4, 5, 6, 7)

// One head's part of one block of the cache.
struct attention_i8_block {
  global const char* keys;
  global const float* key_scales;
  global const char* values;
  global const float* value_scales;
};

// Eight sums of a pair of products of 16-bit codes. `all` is true, which the compiler cannot know:
// without it LLVM regroups the sums and loses vpmaddwd. With AVX512 it costs nothing: the addition
// becomes a masked one.
static inline int8 attention_i8_pairs(const short16 a, const short16 b, const int8 all) {
  const int16 product = convert_int16(a) * convert_int16(b);
  return select((int8)(0), product.even + product.odd, all);
}

// Two rows or keys of codes as pairs for attention_i8_pairs.
static inline int8 attention_i8_pair(const int8 even, const int8 odd) {
  return (even & 0xffff) | (odd << 16);
}

// scale() of NUMERICS.md 1.7 for the rows of a tile.
static inline void attention_i8_scale(const uint8 absmax, float8* r, float8* s) {
  const float8 a = as_float8(absmax);
  const int8 poisoned = absmax >= INFINITY_BITS;
  const int8 none = (a < QUANT_MIN_ABSMAX) | poisoned;
  *r = none ? (float8)(0.0f) : QMAX / a;
  *s = none ? (poisoned ? as_float8((uint8)(CANONICAL_NAN_BITS)) : (float8)(0.0f)) : a * INV_QMAX;
}

// o[r][d] joined with the sum of codes * values for COUNT rows. codes: pairs of keys
// [pairs][COUNT]. COUNT is a literal, because PoCL unrolls before it inlines.
#define DEFINE_VALUES(COUNT)                                                               \
  static void attention_i8_values_##COUNT(                                                 \
      const int* codes, const int pairs, global const char* values, const int padded,      \
      const int8 all, const float* old, const float* gain, float* o) {                     \
    for (int d = 0; d < padded; d += 16) {                                                 \
      int8 sum[COUNT][2];                                                                  \
      _Pragma("unroll") for (int r = 0; r < COUNT; ++r) sum[r][0] = sum[r][1] = 0;         \
      for (int i = 0; i < pairs; ++i) {                                                    \
        global const char* from = values + (i * padded + d) * 2;                           \
        const short16 low = convert_short16(vload16(0, from));                             \
        const short16 high = convert_short16(vload16(1, from));                            \
        _Pragma("unroll") for (int r = 0; r < COUNT; ++r) {                                \
          const short16 code = as_short16((int8)(codes[i * COUNT + r]));                   \
          sum[r][0] += attention_i8_pairs(code, low, all);                                 \
          sum[r][1] += attention_i8_pairs(code, high, all);                                \
        }                                                                                  \
      }                                                                                    \
      _Pragma("unroll") for (int r = 0; r < COUNT; ++r) {                                  \
        float* to = o + r * padded + d;                                                    \
        _Pragma("unroll") for (int h = 0; h < 2; ++h)                                      \
            vstore8(attention_i8_join_8(vload8(h, to), old[r],                             \
                                        as_float8(sum[r][h] + ROUND_MAGIC_BITS), gain[r]), \
                    h, to);                                                                \
      }                                                                                    \
    }                                                                                      \
  }

DEFINE_VALUES(8)
DEFINE_VALUES(1)

// Pairs of codes of a tile's rows, [D/2][row]; rows past the last repeat it.
static void attention_i8_load_rows(global const short* q, const int stride, const int rows,
                                   const int size, int8* pairs) {
  global const short* row[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; ++r) row[r] = q + (size_t)min(r, rows - 1) * stride;
  for (int d = 0; d < size / 2; ++d) {
    int lane[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) lane[r] = as_int(vload2(d, row[r]));
    pairs[d] = vload8(0, lane);
  }
  if (size % 2 == 1) {
    int lane[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) lane[r] = (ushort)row[r][size - 1];
    pairs[size / 2] = vload8(0, lane);
  }
}

// t of 16 keys for the rows of a tile. Lanes are the rows: nothing is ever summed across lanes.
static void attention_i8_scores(const int8* q, global const char* keys,
                                global const float* key_scales, const int pairs, const int8 all,
                                float8* x) {
  int key[16 * HEAD_SIZE_LIMIT / 2];
  for (int d = 0; d < pairs; ++d) {
    global const char* from = keys + d * 2 * KEY_BLOCK;
    vstore8(as_int8(convert_short16(vload16(0, from))), 2 * d, key);
    vstore8(as_int8(convert_short16(vload16(1, from))), 2 * d + 1, key);
  }
  int8 sum[16];
#pragma unroll
  for (int j = 0; j < 16; ++j) sum[j] = 0;
  for (int d = 0; d < pairs; ++d) {
    const short16 codes = as_short16(q[d]);
#pragma unroll
    for (int j = 0; j < 16; ++j)
      sum[j] += attention_i8_pairs(codes, as_short16((int8)(key[d * 16 + j])), all);
  }
#pragma unroll
  for (int j = 0; j < 16; ++j)
    x[j] = attention_i8_score_8(as_float8(sum[j] + ROUND_MAGIC_BITS), key_scales[j]);
}

// scale() of the largest value scale of a block for the rows of a tile, of which all see `least`
// keys, and some up to `most`.
static void attention_i8_value_scale(global const float* value_scales, const int8 seen,
                                     const int least, const int most, float8* r, float8* scale) {
  uint all = 0;
  for (int j = 0; j < least; ++j) all = max(all, zcl_abs_bits(value_scales[j]));
  uint8 absmax = all;
  for (int j = least; j < most; ++j) {
    const uint8 more = max(absmax, zcl_abs_bits(value_scales[j]));
    absmax = j < seen ? more : absmax;
  }
  attention_i8_scale(absmax, r, scale);
}

// Softmax of one block for a tile: codes of the weights as pairs of keys [keys / 2][row], their
// scale, the level and the sum of p. `seen`: keys that each row sees, `least` and `most` the
// extremes over the rows. x [most, and one more]: t of the keys. a: the rows'
// factors.
static void attention_i8_softmax(float8* x, global const float* value_scales, const float8 a,
                                 const int8 seen, const int least, const int most, int* codes,
                                 float8* scale, float8* level, float8* total) {
  // Two chains: one would wait for each comparison.
  float8 top = -INFINITY, odd_top = -INFINITY;
  for (int j = 0; j + 1 < least; j += 2) {
    top = x[j] > top ? x[j] : top;
    odd_top = x[j + 1] > odd_top ? x[j + 1] : odd_top;
  }
  top = odd_top > top ? odd_top : top;
  for (int j = least & ~1; j < most; ++j) top = x[j] > top && j < seen ? x[j] : top;
  const float8 shift = attention_i8_shift_8(top, a);
  *level = SCORE_MAGIC - shift;
  float8 r;
  attention_i8_value_scale(value_scales, seen, least, most, &r, scale);
  float8 sum[2] = {0.0f, 0.0f};  // exact in any order
  for (int j = 0; j < most; j += 2) {
    int8 code[2];
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int8 there = j + i < seen;
      const float8 p = there ? attention_i8_weight_8(x[j + i], a, shift) : (float8)(0.0f);
      // r = 0: any p and value scale, NaN too, have the code 0.
      const float8 f = there && r != 0.0f
                           ? attention_i8_factor_8(value_scales[min(j + i, most - 1)], r)
                           : (float8)(0.0f);
      sum[i] += p;
      code[i] = ZCL_CODE_INT(p, f, float8, as_int8, convert_int8);
    }
    vstore8(attention_i8_pair(code[0], code[1]), j / 2, codes);
  }
  *total = sum[0] + sum[1];
}

// One query row: lanes are keys. Same results as attention_i8_scores and attention_i8_softmax;
// codes [32] pairs of keys.
static void attention_i8_row_softmax(const int* q, const struct attention_i8_block block,
                                     const int pairs, const int8 all, const float a, const int seen,
                                     int* codes, float* scale, float* level, float* total) {
  int8 dot[8];
#pragma unroll
  for (int c = 0; c < 8; ++c) dot[c] = 0;
  for (int d = 0; d < pairs; ++d) {
    const short16 code = as_short16((int8)(q[d]));
#pragma unroll
    for (int c = 0; c < 8; ++c)
      dot[c] += attention_i8_pairs(
          code, convert_short16(vload16(d * (KEY_BLOCK / 8) + c, block.keys)), all);
  }
  float8 x[8];
  float8 top = -INFINITY;
#pragma unroll
  for (int c = 0; c < 8; ++c) {
    const float8 key_scales = vload8(c, block.key_scales);
    x[c] = fma(as_float8(dot[c] + ROUND_MAGIC_BITS), key_scales, -(ROUND_MAGIC * key_scales));
    top = x[c] > top && 8 * c + LANES_8 < seen ? x[c] : top;
  }
  const float4 top4 = top.lo > top.hi ? top.lo : top.hi;
  const float2 top2 = top4.lo > top4.hi ? top4.lo : top4.hi;
  const float top1 = top2.x > top2.y ? top2.x : top2.y;
  const float shift = attention_i8_shift(top1, a);
  uint8 absmax = 0;
#pragma unroll
  for (int c = 0; c < 8; ++c) {
    const uint8 bits = zcl_abs_bits_8(vload8(c, block.value_scales));
    absmax = max(absmax, 8 * c + LANES_8 < seen ? bits : (uint8)(0));
  }
  float r;
  zcl_quant_scale(zcl_max_8(absmax), &r, scale);
  float8 sum = 0.0f;  // exact in any order
#pragma unroll
  for (int c = 0; c < 8; ++c) {
    const int8 there = 8 * c + LANES_8 < seen;
    const float8 weight = attention_i8_weight_8(x[c], (float8)(a), (float8)(shift));
    const float8 p = there ? weight : (float8)(0.0f);
    const float8 share = as_float8(as_uint8(vload8(c, block.value_scales) * r) & VALUE_FACTOR_MASK);
    const float8 f = there && (int8)(r != 0.0f ? -1 : 0) ? share : (float8)(0.0f);
    const int8 code = ZCL_CODE_INT(p, f, float8, as_int8, convert_int8);
    sum += p;
    vstore4((code.even & 0xffff) | (code.odd << 16), c, codes);
  }
  *level = SCORE_MAGIC - shift;
  const float4 sum4 = sum.lo + sum.hi;
  const float2 sum2 = sum4.lo + sum4.hi;
  *total = sum2.x + sum2.y;
}

// The head's part of a block of the cache.
static struct attention_i8_block attention_i8_part(struct attention_i8_block cache, const int block,
                                                   const int head, const int heads,
                                                   const int size) {
  const size_t part = (size_t)block * heads + head;
  cache.keys += part * KV_CPU_I8_KEYS(size);
  cache.key_scales += part * KEY_BLOCK;
  cache.values += part * KV_PADDED_PART(size);
  cache.value_scales += part * KEY_BLOCK;
  return cache;
}

// The rows of a tile: o [row][padded D] and l [row] of NUMERICS.md 3.12.
static void attention_i8_tile(global const short* q, global const float* q_scales,
                              const struct attention_i8_block cache, const struct zcl_tile tile,
                              const int head, const struct attention_i8_args* args, float* o,
                              float* l) {
  const int size = args->head_size, pairs = (size + 1) / 2;
  const int8 all = (int8)(head) < (int8)(args->heads);
  // Keys that each row sees, and the extremes over the rows; rows past the last repeat it.
  const int8 row = min(LANES_8, (int8)(tile.rows - 1));
  const int8 seen = args->causal ? tile.position + 1 + row : (int8)(tile.keys);
  const int least = args->causal ? tile.position + 1 : tile.keys;
  const int most = args->causal ? tile.position + tile.rows : tile.keys;

  int8 row_pairs[HEAD_SIZE_LIMIT / 2];
  attention_i8_load_rows(q, args->q_stride, tile.rows, size, row_pairs);
  float scales[ROWS];
  for (int r = 0; r < ROWS; ++r) scales[r] = q_scales[min(r, tile.rows - 1) * args->heads];
  const float8 a = vload8(0, scales) * args->scale;
  float8 m = -INFINITY, sum = 0.0f;
  for (int first = 0; first < most; first += KEY_BLOCK) {
    const struct attention_i8_block block =
        attention_i8_part(cache, tile.blocks[first / KEY_BLOCK], head, args->heads, size);
    const int here = min(most - first, KEY_BLOCK);
    float8 x[KEY_BLOCK];
    for (int j = 0; j < here; j += 16)
      attention_i8_scores(row_pairs, block.keys + 2 * j, block.key_scales + j, pairs, all, x + j);
    int codes[KEY_BLOCK / 2 * ROWS];
    float8 scale, level, total;
    attention_i8_softmax(x, block.value_scales, a, seen - first, min(least - first, KEY_BLOCK),
                         here, codes, &scale, &level, &total);
    const float8 top = level > m ? level : m;
    const float8 old = zcl_exp2_8(m - top), new = zcl_exp2_8(level - top);
    float old_of[ROWS], gain[ROWS];
    vstore8(old, 0, old_of);
    vstore8(attention_i8_gain_8(scale * new), 0, gain);
    attention_i8_values_8(codes, (here + 1) / 2, block.values, KV_PADDED(size), all, old_of, gain,
                          o);
    sum = fma(sum, old, total * new);
    m = top;
  }
  vstore8(sum, 0, l);
}

// A tile of one row: decoding.
static void attention_i8_row(global const short* q, const float q_scale,
                             const struct attention_i8_block cache, const struct zcl_tile tile,
                             const int head, const struct attention_i8_args* args, float* o,
                             float* l) {
  const int size = args->head_size, pairs = (size + 1) / 2;
  const int8 all = (int8)(head) < (int8)(args->heads);
  const int seen = args->causal ? tile.position + 1 : tile.keys;
  int row_pairs[HEAD_SIZE_LIMIT / 2];
  for (int d = 0; d < size / 2; ++d) row_pairs[d] = as_int(vload2(d, q));
  if (size % 2 == 1) row_pairs[size / 2] = (ushort)q[size - 1];
  const float a = q_scale * args->scale;
  float m = -INFINITY, sum = 0.0f;
  for (int first = 0; first < seen; first += KEY_BLOCK) {
    const struct attention_i8_block block =
        attention_i8_part(cache, tile.blocks[first / KEY_BLOCK], head, args->heads, size);
    const int here = min(seen - first, KEY_BLOCK);
    int codes[KEY_BLOCK / 2];
    float scale, level, total;
    attention_i8_row_softmax(row_pairs, block, pairs, all, a, here, codes, &scale, &level, &total);
    const float top = level > m ? level : m;
    const float old = zcl_exp2(m - top), new = zcl_exp2(level - top);
    const float gain = attention_i8_gain(scale * new);
    attention_i8_values_1(codes, (here + 1) / 2, block.values, KV_PADDED(size), all, &old, &gain,
                          o);
    sum = fma(sum, old, total * new);
    m = top;
  }
  *l = sum;
}

kernel void attention_i8(global const short* q, global const float* q_scales,
                         global const char* keys, global const float* key_scales,
                         global const char* values, global const float* value_scales,
                         global const struct sequence_entry* sequences,
                         global const int* block_table, global const struct sequence_tile* tiles,
                         global float* y, const struct attention_i8_args args) {
  const int head = get_global_id(0), size = args.head_size, width = args.heads * size;
  const struct zcl_tile tile = zcl_tile_of(tiles[get_global_id(1)], ROWS, sequences, block_table);
  const struct attention_i8_block cache = {keys, key_scales, values, value_scales};

  float o[ROWS * HEAD_SIZE_LIMIT], l[ROWS];
  for (int i = 0; i < tile.rows * KV_PADDED(size); i += 16) vstore16((float16)(0.0f), 0, o + i);
  q += tile.row * args.q_stride + head * size;
  q_scales += tile.row * args.heads + head;
  if (tile.rows == 1)
    attention_i8_row(q, *q_scales, cache, tile, head, &args, o, l);
  else
    attention_i8_tile(q, q_scales, cache, tile, head, &args, o, l);
  zcl_store_attention(o, l, tile.rows, size, tile.row * width + head * size, width, args.y_stride,
                      y + tile.row * args.y_stride + head * size);
}
