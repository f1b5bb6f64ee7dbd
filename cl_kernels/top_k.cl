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

// Puts a candidate behind all that are not smaller; the last one drops out. Candidates come by
// ascending index, so equal ones need no look at their indices.
static inline void top_k_insert(int key, int index, int k, private int* keys, private int* indices) {
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
  int last = keys[args.k - 1];
  for (; k + 16 <= args.cols; k += 16) {
    const int16 key = zcl_rank_key_16(vload16(0, v + k));
    if (!any(key > last)) continue;
    int candidates[16];
    vstore16(key, 0, candidates);
    for (int i = 0; i < 16; ++i)
      if (candidates[i] > keys[args.k - 1]) top_k_insert(candidates[i], k + i, args.k, keys, index);
    last = keys[args.k - 1];
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
