// Operator: attention_f16_n16f25 (NUMERICS.md 3.24)
// What:     y = softmax(q k^T) v per token and head over blocks of 64 keys, f16 factors, sums as
//           Hopper's tensor cores make them, emulated: slow
// Buffers:  q ushort [M, H*D]; the layer's f16 cache in layout KV_GPU: keys, values; sequences
// struct
//           sequence_entry [S], block table int, tiles struct sequence_tile; y ushort [M, H*D] in
//           either layout
// Args:     struct attention_f16_n16f25_args
// Launch:   one work-group of 64 items a tile of ATTENTION_ROWS_GPU rows and head: (64 * tiles, H)
// Variants: GPU shape of attention_f16_n16f25.cl
// Source:   online softmax: Milakov and Gimelshein, arXiv 1805.02867; blocks of keys:
//           FlashAttention, arXiv 2205.14135
// Not here: storing keys and values (store_qkv_f16)
#include "abi/attention_f16_n16f25.h"
#include "common/attention_group.h"
#include "common/n16f25.h"

#define PIECES (HEAD_SIZE_LIMIT / GROUP_ITEMS)  // columns of an item

// x[key][row] of the item's key. q: [row][HEAD_SIZE_LIMIT].
static inline void attention_f16_n16f25_group_scores(global const ushort* keys, const int size,
                                                     local const float* q, const int rows,
                                                     const float scale, local float* x) {
  const int key = get_local_id(0);
  float sum[GROUP_ROWS];
  for (int r = 0; r < rows; ++r) sum[r] = 0.0f;
  for (int d = 0; d < size; d += N16F25_PAIRS) {
    const int count = min(N16F25_PAIRS, size - d);
    float w[N16F25_PAIRS], a[N16F25_PAIRS];
    int we[N16F25_PAIRS], ae[N16F25_PAIRS];
    for (int i = 0; i < count; ++i) {
      w[i] = zcl_f16_float(keys[KV_GPU_I8_KEY(key, d + i)]);
      we[i] = zcl_n16f25_exponent(w[i]);
    }
    for (int r = 0; r < rows; ++r) {
      for (int i = 0; i < count; ++i) {
        a[i] = q[r * HEAD_SIZE_LIMIT + d + i];
        ae[i] = zcl_n16f25_exponent(a[i]);
      }
      sum[r] = zcl_n16f25_sum(w, we, a, ae, count, sum[r]);
    }
  }
  for (int r = 0; r < rows; ++r) x[key * GROUP_STRIDE + r] = sum[r] * scale;
}

// f16(p) in place of x, and per row the factors of o = fma(o, old, sum * gain).
static inline void attention_f16_n16f25_group_softmax(local float* x, const int seen,
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
      x[j * GROUP_STRIDE + row] = zcl_f16_float(zcl_f16_bits(p));
    }
  group_advance(largest, group_sum8(sum, scratch.lanes), 1.0f, scratch, m, l);
}

// o[r] of one column of the values. Row r sees seen0 + r * step keys, no more than `most`.
static inline void attention_f16_n16f25_group_values(global const ushort* values, const int d,
                                                     const int size, const int rows,
                                                     const int seen0, const int step,
                                                     const int most, local const float* e,
                                                     const struct group_scratch scratch, float* o) {
  const int steps = (most + N16F25_PAIRS - 1) / N16F25_PAIRS;
  float sum[GROUP_ROWS];
  for (int r = 0; r < rows; ++r) sum[r] = 0.0f;
  for (int s = 0; s < steps; ++s) {
    const int first = ZCL_ORDER(s, steps) * N16F25_PAIRS;
    float w[N16F25_PAIRS], a[N16F25_PAIRS];
    int we[N16F25_PAIRS], ae[N16F25_PAIRS];
    for (int i = 0; i < min(N16F25_PAIRS, most - first); ++i) {
      const int j = first + i;
      w[i] = zcl_f16_float(values[KV_GPU_I8_VALUE(j, d, size)]);
      we[i] = zcl_n16f25_exponent(w[i]);
    }
    for (int r = 0; r < rows; ++r) {
      const int count = clamp(min(seen0 + r * step, most) - first, 0, N16F25_PAIRS);
      for (int i = 0; i < count; ++i) {
        a[i] = e[(first + i) * GROUP_STRIDE + r];
        ae[i] = zcl_n16f25_exponent(a[i]);
      }
      sum[r] = zcl_n16f25_sum(w, we, a, ae, count, sum[r]);
    }
  }
  for (int r = 0; r < rows; ++r) o[r] = fma(o[r], scratch.old[r], sum[r] * scratch.gain[r]);
}

kernel __attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1))) void attention_f16_n16f25_group(
    global const ushort* q, global const ushort* keys, global const ushort* values,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const struct sequence_tile* tiles, global ushort* y,
    const struct attention_f16_n16f25_args args) {
  local float rows[GROUP_ROWS * HEAD_SIZE_LIMIT], x[KEY_BLOCK * GROUP_STRIDE];
  local float largest[GROUP_ITEMS], lanes[2 * GROUP_ITEMS], old[GROUP_ROWS], gain[GROUP_ROWS];
  const struct group_scratch scratch = {0, largest, lanes, old, gain, 0};
  const int head = get_group_id(1), item = get_local_id(0), size = args.head_size;
  const int width = args.heads * size;
  const struct zcl_tile tile =
      zcl_tile_of(tiles[get_group_id(0)], GROUP_ROWS, sequences, block_table);
  const int most = args.causal ? tile.position + tile.rows : tile.keys;
  const int least = args.causal ? tile.position + 1 : tile.keys;
  const int seen = group_seen(tile, args.causal, item % GROUP_ROWS);
  for (int i = item; i < tile.rows * size; i += GROUP_ITEMS)
    rows[i / size * HEAD_SIZE_LIMIT + i % size] =
        zcl_f16_float(q[(tile.row + i / size) * width + head * size + i % size]);
  float o[PIECES * GROUP_ROWS], m = -INFINITY, l = 0.0f;
  for (int i = 0; i < PIECES * GROUP_ROWS; ++i) o[i] = 0.0f;
  // Rows that the tile lacks have scores too: they are never stored.
  for (int r = tile.rows; r < GROUP_ROWS; ++r) x[item * GROUP_STRIDE + r] = 0.0f;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int first = 0; first < most; first += KEY_BLOCK) {
    const size_t part =
        ((size_t)tile.blocks[first / KEY_BLOCK] * args.heads + head) * KV_PADDED_PART(size);
    attention_f16_n16f25_group_scores(keys + part, size, rows, tile.rows, args.scale, x);
    barrier(CLK_LOCAL_MEM_FENCE);
    attention_f16_n16f25_group_softmax(x, seen - first, scratch, &m, &l);
    for (int c = 0; c < PIECES; ++c)
      if (item + c * GROUP_ITEMS < size)
        attention_f16_n16f25_group_values(values + part, item + c * GROUP_ITEMS, size, tile.rows,
                                          least - first, args.causal, min(most - first, KEY_BLOCK),
                                          x, scratch, o + c * GROUP_ROWS);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  group_invert(l, scratch);
  for (int c = 0; c < PIECES; ++c)
    for (int r = 0; r < tile.rows; ++r) {
      const int d = item + c * GROUP_ITEMS, k = head * size + d, row = (int)tile.row + r;
      if (d >= size) continue;
      const uint bits = zcl_f16_bits(o[c * GROUP_ROWS + r] * gain[r]);
      y[F16_INDEX(args.y.layout, row, k, args.y.stride)] =
          (ushort)ZCL_ELEMENT_I(bits, (size_t)row * width + k);
    }
  if (head == args.heads - 1)
    for (int r = 0; r < tile.rows; ++r)
      for (int k = width + item; k < args.y.stride; k += GROUP_ITEMS)
        y[F16_INDEX(args.y.layout, (int)tile.row + r, k, args.y.stride)] = 0;
}
