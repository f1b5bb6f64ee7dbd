// Operator: top_k (NUMERICS.md 3.17)
// What:     the k largest values of a row, descending, with their indices; equal values by
//           ascending index, NaN last
// Buffers:  x f32 [M, V], values f32 [M, k], indices int [M, k]
// Args:     struct top_k_args
// Launch:   one work-item a row, local size 1
// Variants: CPU shape; top_k.group.cl for GPUs
#include "abi/top_k.h"
#include "common/ranking.h"
#include "common/row16.h"

static inline int top_k_largest(int16 key) {
  const int8 a = max(key.lo, key.hi);
  const int4 b = max(a.lo, a.hi);
  const int2 c = max(b.lo, b.hi);
  return max(c.lo, c.hi);
}

// Puts a candidate behind all that are not smaller; the last one drops out. Candidates come by
// ascending index, so equal ones need no look at their indices.
static inline void top_k_insert(int key, int index, int k, private int* keys,
                                private int* indices) {
  int at = k - 1;
  for (; at > 0 && keys[at - 1] < key; --at) {
    keys[at] = keys[at - 1];
    indices[at] = indices[at - 1];
  }
  keys[at] = key;
  indices[at] = index;
}

kernel void top_k(global const float* x, global float* values, global int* indices,
                  const struct top_k_args args) {
  const int row = get_global_id(0);
  global const float* v = x + (size_t)row * args.cols;
  int keys[TOP_K_MAX], index[TOP_K_MAX];
  // The first k fill the list, NaN too; from then on a candidate must beat the last one.
  int k = 0;
  for (; k < args.k; ++k) top_k_insert(zcl_rank_key(v[k]), k, k + 1, keys, index);
  // Mostly no element of 64 is large enough: one comparison then does for all.
  for (; k + 64 <= args.cols; k += 64) {
    int16 key[4];
    for (int i = 0; i < 4; ++i) key[i] = zcl_rank_key_16(vload16(i, v + k));
    const int16 largest = max(max(key[0], key[1]), max(key[2], key[3]));
    if (top_k_largest(largest) <= keys[args.k - 1]) continue;
    int candidates[64];
    for (int i = 0; i < 4; ++i) vstore16(key[i], i, candidates);
    for (int i = 0; i < 64; ++i)
      if (candidates[i] > keys[args.k - 1]) top_k_insert(candidates[i], k + i, args.k, keys, index);
  }
  for (; k < args.cols; ++k) {
    const int key = zcl_rank_key(v[k]);
    if (key > keys[args.k - 1]) top_k_insert(key, k, args.k, keys, index);
  }
  const size_t to = (size_t)row * args.k;
  for (int i = 0; i < args.k; ++i) {
    values[to + i] = ZCL_ELEMENT_F(v[index[i]], to + i);
    indices[to + i] = index[i];
  }
}
