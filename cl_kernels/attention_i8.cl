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
static inline int8 attention_i8_join(const int8 even, const int8 odd) {
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

// o[r][d] = fma(o, old[r], sum of codes * values * gain[r]) for COUNT rows. codes: pairs of keys
// [pairs][COUNT]. COUNT is a literal, because PoCL unrolls before it inlines.
#define DEFINE_VALUES(COUNT)                                                                     \
  static void attention_i8_values_##COUNT(const int* codes, const int pairs,                     \
                                          global const char* values, const int padded,           \
                                          const int8 all, const float* old, const float* gain,   \
                                          float* o) {                                            \
    for (int d = 0; d < padded; d += 16) {                                                       \
      int8 sum[COUNT][2];                                                                        \
      _Pragma("unroll") for (int r = 0; r < COUNT; ++r) sum[r][0] = sum[r][1] = 0;               \
      for (int i = 0; i < pairs; ++i) {                                                          \
        global const char* from = values + (i * padded + d) * 2;                                 \
        const short16 low = convert_short16(vload16(0, from));                                   \
        const short16 high = convert_short16(vload16(1, from));                                  \
        _Pragma("unroll") for (int r = 0; r < COUNT; ++r) {                                      \
          const short16 code = as_short16((int8)(codes[i * COUNT + r]));                         \
          sum[r][0] += attention_i8_pairs(code, low, all);                                       \
          sum[r][1] += attention_i8_pairs(code, high, all);                                      \
        }                                                                                        \
      }                                                                                          \
      _Pragma("unroll") for (int r = 0; r < COUNT; ++r) {                                        \
        const float g = ZCL_SCALE(gain[r]);                                                      \
        float* to = o + r * padded + d;                                                          \
        vstore8(fma(vload8(0, to), (float8)(old[r]), convert_float8(sum[r][0]) * g), 0, to);     \
        vstore8(fma(vload8(1, to), (float8)(old[r]), convert_float8(sum[r][1]) * g), 1, to);     \
      }                                                                                          \
    }                                                                                            \
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

// x of 16 keys for the rows of a tile. Lanes are the rows: nothing is ever summed across lanes.
static void attention_i8_scores(const int8* q, global const char* keys,
                                global const float* key_scales, const int pairs, const int8 all,
                                const float8 a, float8* x) {
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
  for (int j = 0; j < 16; ++j) x[j] = (convert_float8(sum[j]) * a) * key_scales[j];
}

// x[j] becomes the weight w_j, adding up p_j and the absolute maximum, for 8 keys from `first` on;
// MASKED: rows may see fewer.
#define DEFINE_WEIGHTS(NAME, MASKED)                                                             \
  static inline void attention_i8_##NAME(float8* x, global const float* value_scales,            \
                                         const int first, const int8 seen, const float8 largest, \
                                         float8* sum, uint8* absmax) {                           \
    _Pragma("unroll") for (int i = 0; i < SOFTMAX_LANES; ++i) {                                  \
      const int8 mask = MASKED ? (int8)(first + i) < seen : (int8)(-1);                          \
      const float8 p = zcl_exp2_8(x[first + i] - largest);                                       \
      sum[i] += mask ? p : (float8)(0.0f);                                                       \
      const float8 w = mask ? p * value_scales[first + i] : (float8)(0.0f);                      \
      *absmax = max(*absmax, zcl_abs_bits_8(w));                                                 \
      x[first + i] = w;                                                                          \
    }                                                                                            \
  }

DEFINE_WEIGHTS(weights, 0)
DEFINE_WEIGHTS(masked_weights, 1)

// Softmax of one block for a tile: codes of the weights as pairs of keys [keys / 2][row], their
// scale, the largest x and the sum of p. `seen`: keys that each row sees, `least` and `most` the
// extremes over the rows.
static void attention_i8_softmax(float8* x, global const float* value_scales, const int8 seen,
                                 const int least, const int most, int* codes, float8* scale,
                                 float8* largest, float8* total) {
  // Two chains: one would wait for each comparison.
  float8 top = -INFINITY, odd_top = -INFINITY;
  for (int j = 0; j + 1 < least; j += 2) {
    top = x[j] > top ? x[j] : top;
    odd_top = x[j + 1] > odd_top ? x[j + 1] : odd_top;
  }
  top = odd_top > top ? odd_top : top;
  for (int j = least & ~1; j < most; ++j) top = x[j] > top && j < seen ? x[j] : top;
  float8 sum[SOFTMAX_LANES];
#pragma unroll
  for (int i = 0; i < SOFTMAX_LANES; ++i) sum[i] = 0.0f;
  uint8 absmax = 0;
  const int full = least / SOFTMAX_LANES;
  for (int c = 0; c < full; ++c)
    attention_i8_weights(x, value_scales, SOFTMAX_LANES * ZCL_ORDER(c, full), seen, top, sum,
                         &absmax);
  for (int j = SOFTMAX_LANES * full; j < most; j += SOFTMAX_LANES)
    attention_i8_masked_weights(x, value_scales, j, seen, top, sum, &absmax);
  float8 r;
  attention_i8_scale(absmax, &r, scale);
  for (int j = 0; j < most; j += 2) {
    // r = 0: any x, NaN too, has the code 0.
    const float8 even = r == 0.0f ? (float8)(0.0f) : x[j];
    const float8 odd = r == 0.0f ? (float8)(0.0f) : x[j + 1];
    vstore8(attention_i8_join(ZCL_CODE_INT(even, r, float8, as_int8, convert_int8),
                              ZCL_CODE_INT(odd, r, float8, as_int8, convert_int8)),
            j / 2, codes);
  }
  *largest = top;
  *total = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

// One query row: lanes are keys. Same results as attention_i8_scores and attention_i8_softmax;
// codes [32] pairs of keys.
static void attention_i8_row_softmax(const int* q, const struct attention_i8_block block,
                                     const int pairs, const int8 all, const float a, const int seen,
                                     int* codes, float* scale, float* largest, float* total) {
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
    x[c] = (convert_float8(dot[c]) * a) * vload8(c, block.key_scales);
    top = x[c] > top && 8 * c + LANES_8 < seen ? x[c] : top;
  }
  const float4 top4 = top.lo > top.hi ? top.lo : top.hi;
  const float2 top2 = top4.lo > top4.hi ? top4.lo : top4.hi;
  const float top1 = top2.x > top2.y ? top2.x : top2.y;
  float8 sum = 0.0f;
  uint8 absmax = 0;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const int c = ZCL_ORDER(i, 8);
    const int8 mask = 8 * c + LANES_8 < seen;
    const float8 p = zcl_exp2_8(x[c] - top1);
    sum += mask ? p : (float8)(0.0f);
    x[c] = mask ? p * vload8(c, block.value_scales) : (float8)(0.0f);
    absmax = max(absmax, zcl_abs_bits_8(x[c]));
  }
  float r;
  zcl_quant_scale(zcl_max_8(absmax), &r, scale);
#pragma unroll
  for (int c = 0; c < 8; ++c) {
    const int8 code = zcl_quant_code_8(x[c], r);
    vstore4((code.even & 0xffff) | (code.odd << 16), c, codes);
  }
  *largest = top1;
  *total = ((sum.s0 + sum.s1) + (sum.s2 + sum.s3)) + ((sum.s4 + sum.s5) + (sum.s6 + sum.s7));
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
      attention_i8_scores(row_pairs, block.keys + 2 * j, block.key_scales + j, pairs, all, a,
                          x + j);
    int codes[KEY_BLOCK / 2 * ROWS];
    float8 scale, largest, total;
    attention_i8_softmax(x, block.value_scales, seen - first, min(least - first, KEY_BLOCK), here,
                         codes, &scale, &largest, &total);
    const float8 top = largest > m ? largest : m;
    const float8 old = zcl_exp2_8(m - top), new = zcl_exp2_8(largest - top);
    float old_of[ROWS], gain[ROWS];
    vstore8(old, 0, old_of);
    vstore8(scale * new, 0, gain);
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
    float scale, largest, total;
    attention_i8_row_softmax(row_pairs, block, pairs, all, a, here, codes, &scale, &largest,
                             &total);
    const float top = largest > m ? largest : m;
    const float old = zcl_exp2(m - top), new = zcl_exp2(largest - top);
    const float gain = scale * new;
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
  for (int i = 0; i < tile.rows * KV_PADDED(size); i += 16)
    vstore16((float16)(0.0f), 0, o + i);
  q += tile.row * args.q_stride + head * size;
  q_scales += tile.row * args.heads + head;
  if (tile.rows == 1)
    attention_i8_row(q, *q_scales, cache, tile, head, &args, o, l);
  else
    attention_i8_tile(q, q_scales, cache, tile, head, &args, o, l);
  zcl_store_attention(o, l, tile.rows, size, tile.row * width + head * size, width, args.y_stride,
                      y + tile.row * args.y_stride + head * size);
}
