// What attention_i8 and attention_f32 share in the GPU shape: a work-group of 64 items and a tile
// of 16 query rows. For softmax four items share a row: item % 16 is the row, item / 16 the part.
#pragma once

#include "common/attention_tile.h"
#include "common/elementary.h"

#define GROUP_ROWS ATTENTION_ROWS_GPU
#define GROUP_ITEMS 64
#define GROUP_PARTS (GROUP_ITEMS / GROUP_ROWS)
// Floats between keys or columns in local memory: 16 rows, and padding against bank conflicts.
#define GROUP_STRIDE 20

// Local memory of a work-group.
struct group_scratch {
  local float* query_scales;  // [row] factor of the scores
  local float* largest;       // [part][row]
  local float* lanes;         // [lane of sum8, of attention_i8 part][row]
  local float* old;           // [row] factor of what was summed before this block
  local float* gain;          // [row] factor of this block's sum
  local uint* absmax;         // [part][row]
};

// Keys that a row of the tile sees; rows past the last see what it sees.
static inline int group_seen(const struct zcl_tile tile, const int causal, const int row) {
  return causal ? tile.position + 1 + min(row, tile.rows - 1) : tile.keys;
}

// The largest x of the item's row, NaN apart. x: [key][row]. Barrier inside.
static inline float group_largest(local const float* x, const int seen, local float* parts) {
  const int row = (int)get_local_id(0) % GROUP_ROWS, part = (int)get_local_id(0) / GROUP_ROWS;
  float largest = -INFINITY;
  for (int j = part; j < min(seen, KEY_BLOCK); j += GROUP_PARTS)
    largest = x[j * GROUP_STRIDE + row] > largest ? x[j * GROUP_STRIDE + row] : largest;
  parts[part * GROUP_ROWS + row] = largest;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int other = 0; other < GROUP_PARTS; ++other)
    largest = parts[other * GROUP_ROWS + row] > largest ? parts[other * GROUP_ROWS + row] : largest;
  return largest;
}

// sum8 of the item's row; `mine` are lanes part and part + 4. Barrier inside.
static inline float group_sum8(const float* mine, local float* lanes) {
  const int row = (int)get_local_id(0) % GROUP_ROWS, part = (int)get_local_id(0) / GROUP_ROWS;
  lanes[part * GROUP_ROWS + row] = mine[0];
  lanes[(part + 4) * GROUP_ROWS + row] = mine[1];
  barrier(CLK_LOCAL_MEM_FENCE);
  float pair[4];
  for (int i = 0; i < 4; ++i)
    pair[i] = lanes[2 * i * GROUP_ROWS + row] + lanes[(2 * i + 1) * GROUP_ROWS + row];
  return (pair[0] + pair[1]) + (pair[2] + pair[3]);
}

// The step of online softmax from a block to the next, for the item's row; the factors of its sums
// go to scratch. `scale` is the block's own. Barrier at the end.
static inline void group_advance(const float largest, const float total, const float scale,
                                 const struct group_scratch scratch, float* m, float* l) {
  const int item = get_local_id(0);
  const float top = largest > *m ? largest : *m;
  const float old = zcl_exp2(*m - top), new = zcl_exp2(largest - top);
  *l = fma(*l, old, total * new);
  *m = top;
  if (item < GROUP_ROWS) {
    scratch.old[item] = old;
    scratch.gain[item] = scale * new;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

// 1 / l of every row to scratch.gain. Barriers inside.
static inline void group_invert(const float l, const struct group_scratch scratch) {
  if (get_local_id(0) < GROUP_ROWS) scratch.gain[get_local_id(0)] = 1.0f / l;
  barrier(CLK_LOCAL_MEM_FENCE);
}

// y of a row of the tile and a column of the head, if they exist; after group_invert.
static inline void group_store(const float o, const int row, const int d,
                               const struct zcl_tile tile, const int head, const int heads,
                               const int size, const int y_stride,
                               const struct group_scratch scratch, global float* y) {
  if (row >= tile.rows || d >= size) return;
  const size_t at = (tile.row + row) * (size_t)(heads * size) + head * size + d;
  y[(tile.row + row) * (size_t)y_stride + head * size + d] =
      ZCL_ELEMENT_F(o * scratch.gain[row], at);
}

// The same for one row whose 64 scores are held by the 64 items: the largest x and sum8 of p, given
// to all. `scores` and `p`: local memory, GROUP_STRIDE floats from key to key. Barriers inside.
static inline float group_row_largest(const float x, const int seen, local float* scores) {
  scores[(int)get_local_id(0) * GROUP_STRIDE] = x;
  barrier(CLK_LOCAL_MEM_FENCE);
  float largest = -INFINITY;
  for (int j = 0; j < min(seen, KEY_BLOCK); ++j)
    largest = scores[j * GROUP_STRIDE] > largest ? scores[j * GROUP_STRIDE] : largest;
  return largest;
}

static inline float group_row_sum8(const float mine, local float* p) {
  p[(int)get_local_id(0) * GROUP_STRIDE] = mine;
  barrier(CLK_LOCAL_MEM_FENCE);
  float lane[SOFTMAX_LANES];
#pragma unroll
  for (int i = 0; i < SOFTMAX_LANES; ++i) lane[i] = 0.0f;
  for (int i = 0; i < KEY_BLOCK / SOFTMAX_LANES; ++i) {
    const int c = ZCL_ORDER(i, KEY_BLOCK / SOFTMAX_LANES);
#pragma unroll
    for (int k = 0; k < SOFTMAX_LANES; ++k) lane[k] += p[(SOFTMAX_LANES * c + k) * GROUP_STRIDE];
  }
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}
