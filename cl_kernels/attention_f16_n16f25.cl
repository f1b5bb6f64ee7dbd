// Operator: attention_f16_n16f25 (NUMERICS.md 3.24)
// What:     y = softmax(q k^T) v per token and head over blocks of 64 keys, f16 factors, sums as
//           Hopper's tensor cores make them, emulated: slow
// Buffers:  q ushort [M, H*D]; the layer's f16 cache in layout KV_CPU: keys, values; sequences
// struct
//           sequence_entry [S], block table int, tiles struct sequence_tile; y ushort [M, H*D] in
//           either layout
// Args:     struct attention_f16_n16f25_args
// Launch:   global (H, tiles of ATTENTION_ROWS_CPU rows), local 1
// Variants: .group (GPUs), .mma (Hopper's tensor cores)
// Source:   online softmax: Milakov and Gimelshein, arXiv 1805.02867; blocks of keys:
//           FlashAttention, arXiv 2205.14135
// Not here: storing keys and values (store_qkv_f16)
#include "abi/attention_f16_n16f25.h"
#include "common/attention_tile.h"
#include "common/elementary.h"
#include "common/n16f25.h"

#define ROWS ATTENTION_ROWS_CPU
#define LANES 16

// Fused sums of up to 16 pairs for each row: sum[r] += x[r][i] * w[i][lane], i < count[r]. w:
// `stride` halves between the pairs' vectors.
static void attention_f16_n16f25_step(global const ushort* w, const int stride, const int most,
                                      const float* x, const int x_stride, const int rows,
                                      const int* count, float16* sum) {
  float16 factor[N16F25_PAIRS];
  int16 exponent[N16F25_PAIRS];
  for (int i = 0; i < most; ++i) {
    factor[i] = zcl_f16_float_16(vload16(0, w + (size_t)i * stride));
    exponent[i] = zcl_n16f25_exponent_16(factor[i]);
  }
  for (int r = 0; r < rows; ++r) {
    int row_e[N16F25_PAIRS];
    for (int i = 0; i < count[r]; ++i) row_e[i] = zcl_n16f25_exponent(x[r * x_stride + i]);
    sum[r] = zcl_n16f25_sum_16(factor, exponent, x + r * x_stride, row_e, count[r], sum[r]);
  }
}

// x [row][key] of the block's first `here` keys.
static void attention_f16_n16f25_scores(const float* q, global const ushort* keys, const int size,
                                        const int rows, const int here, const float scale,
                                        float* x) {
  for (int j = 0; j < here; j += LANES) {
    float16 sum[ROWS];
    for (int r = 0; r < rows; ++r) sum[r] = 0.0f;
    for (int d = 0; d < size; d += N16F25_PAIRS) {
      int count[ROWS];
      for (int r = 0; r < rows; ++r) count[r] = min(N16F25_PAIRS, size - d);
      attention_f16_n16f25_step(keys + d * KEY_BLOCK + j, KEY_BLOCK, min(N16F25_PAIRS, size - d),
                                q + d, HEAD_SIZE_LIMIT, rows, count, sum);
    }
    for (int r = 0; r < rows; ++r) vstore16(sum[r] * scale, 0, x + r * KEY_BLOCK + j);
  }
}

// Softmax of one row's `seen` keys: x becomes f16(p); the largest x and sum8 of p.
static void attention_f16_n16f25_softmax(float* x, const int seen, float* largest, float* total) {
  float top = -INFINITY;
  for (int j = 0; j < seen; ++j) top = x[j] > top ? x[j] : top;
  float lane[SOFTMAX_LANES];
  for (int i = 0; i < SOFTMAX_LANES; ++i) lane[i] = 0.0f;
  for (int j = 0; j < seen; ++j) {
    const float p = zcl_exp2(x[j] - top);
    lane[j % SOFTMAX_LANES] += p;
    x[j] = zcl_f16_float(zcl_f16_bits(p));
  }
  *largest = top;
  *total =
      ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

// o[r][d] = fma(o, old[r], (fused sums over the keys of e * values) * gain[r]). Row r sees seen[r]
// keys of the block, of which there are `most`.
static void attention_f16_n16f25_values(const float* e, global const ushort* values, const int size,
                                        const int rows, const int* seen, const int most,
                                        const float* old, const float* gain, float* o) {
  const int padded = KV_PADDED(size), steps = (most + N16F25_PAIRS - 1) / N16F25_PAIRS;
  for (int d = 0; d < padded; d += LANES) {
    float16 sum[ROWS];
    for (int r = 0; r < rows; ++r) sum[r] = 0.0f;
    for (int s = 0; s < steps; ++s) {
      const int j = ZCL_ORDER(s, steps) * N16F25_PAIRS;
      int count[ROWS];
      for (int r = 0; r < rows; ++r) count[r] = clamp(seen[r] - j, 0, N16F25_PAIRS);
      attention_f16_n16f25_step(values + j * padded + d, padded, min(N16F25_PAIRS, most - j), e + j,
                                KEY_BLOCK, rows, count, sum);
    }
    for (int r = 0; r < rows; ++r) {
      float* to = o + r * padded + d;
      vstore16(fma(vload16(0, to), (float16)(old[r]), sum[r] * gain[r]), 0, to);
    }
  }
}

kernel void attention_f16_n16f25(global const ushort* q, global const ushort* keys,
                                 global const ushort* values,
                                 global const struct sequence_entry* sequences,
                                 global const int* block_table,
                                 global const struct sequence_tile* tiles, global ushort* y,
                                 const struct attention_f16_n16f25_args args) {
  const int head = get_global_id(0), size = args.head_size, width = args.heads * size;
  const int padded = KV_PADDED(size);
  const struct zcl_tile tile = zcl_tile_of(tiles[get_global_id(1)], ROWS, sequences, block_table);
  const int most = args.causal ? tile.position + tile.rows : tile.keys;
  float rows[ROWS * HEAD_SIZE_LIMIT], o[ROWS * HEAD_SIZE_LIMIT], m[ROWS], l[ROWS];
  for (int r = 0; r < tile.rows; ++r) {
    m[r] = -INFINITY;
    l[r] = 0.0f;
    for (int d = 0; d < size; ++d)
      rows[r * HEAD_SIZE_LIMIT + d] = zcl_f16_float(q[(tile.row + r) * width + head * size + d]);
    for (int d = 0; d < padded; ++d) o[r * padded + d] = 0.0f;
  }
  for (int first = 0; first < most; first += KEY_BLOCK) {
    const size_t part = (size_t)tile.blocks[first / KEY_BLOCK] * args.heads + head;
    const int here = min(most - first, KEY_BLOCK);
    float x[ROWS * KEY_BLOCK], old[ROWS], gain[ROWS];
    int seen[ROWS];
    attention_f16_n16f25_scores(rows, keys + part * KV_CPU_F32_KEYS(size), size, tile.rows, here,
                                args.scale, x);
    for (int r = 0; r < tile.rows; ++r) {
      seen[r] = args.causal ? min(here, tile.position + r + 1 - first) : here;
      float largest, total;
      attention_f16_n16f25_softmax(x + r * KEY_BLOCK, seen[r], &largest, &total);
      const float top = largest > m[r] ? largest : m[r];
      old[r] = zcl_exp2(m[r] - top);
      gain[r] = zcl_exp2(largest - top);
      l[r] = fma(l[r], old[r], total * gain[r]);
      m[r] = top;
    }
    attention_f16_n16f25_values(x, values + part * KV_PADDED_PART(size), size, tile.rows, seen,
                                here, old, gain, o);
  }
  for (int r = 0; r < tile.rows; ++r) {
    const int row = (int)tile.row + r;
    const float inverse = 1.0f / l[r];
    for (int d = 0; d < size; ++d) {
      const int k = head * size + d;
      const uint bits = zcl_f16_bits(o[r * padded + d] * inverse);
      y[F16_INDEX(args.y.layout, row, k, args.y.stride)] =
          (ushort)ZCL_ELEMENT_I(bits, (size_t)row * width + k);
    }
    if (head == args.heads - 1)
      for (int k = width; k < args.y.stride; ++k)
        y[F16_INDEX(args.y.layout, row, k, args.y.stride)] = 0;
  }
}
