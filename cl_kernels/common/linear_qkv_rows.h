// What the products of queries, keys and values on Hopper's tensor cores ask about their outputs
// and rows, in codes and in f16 (linear_wgmma_qkv.h, linear_f16_wgmma_qkv.h).
#pragma once

#include "abi/sequence.h"
#include "common/nvidia_wgmma.h"

// What output n belongs to: 0 queries, 1 keys, 2 values; 3: nothing.
static inline int wgmma_qkv_part(const int n, const int width) {
  return (n >= width) + (n >= 2 * width) + (n >= 3 * width);
}

// A sequence, long before it is needed.
static inline struct sequence_entry wgmma_qkv_sequence(
    global const struct sequence_entry* sequences, const int sequence) {
  const int4 v = nvidia_load_four_early((global const int4*)(sequences + sequence));
  const struct sequence_entry entry = {v.x, v.y, v.z, v.w};
  return entry;
}
