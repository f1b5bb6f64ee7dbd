// Codes of what products of the persistent kernels have in registers, and where those of values lie
// in the cache (abi/kv_cache.h, KV_GPU).
#pragma once

#include "abi/kv_cache.h"
#include "common/linear_wgmma_outputs.h"
#include "common/nvidia_mma.h"

// The item's codes of its upper and of its lower row, `fours` words each. `values`: floats as bits;
// r: reciprocals of the scales, [part of `size` outputs][row]; `first`: index of the first code
// among all outputs.
static inline __attribute__((always_inline)) void persistent_codes(const int* values,
                                                                   const float* r, const int fours,
                                                                   const int size,
                                                                   const size_t first, uint* upper,
                                                                   uint* lower) {
#pragma unroll
  for (int i = 0; i < fours; ++i) {
    const int h = i / (size / 16);
    upper[i] = ZCL_ELEMENT_I(wgmma_codes(values + 8 * i, r[2 * h]), first + 16 * i);
    lower[i] = wgmma_codes(values + 8 * i + 2, r[2 * h + 1]);
  }
}

// Values of a head, in which the codes of 16 slots lie together: words of the item's columns d + 16
// i to d + 16 i + 3, `fours` of them, a constant, of the upper and of the lower of its rows. Where
// the item and the one with the row beside its own have slots as they have rows, each stores four
// slots of two of their four columns; else byte by byte. All lanes together.
static inline __attribute__((always_inline)) void persistent_values(
    const uint* upper, const uint* lower, const int fours, const int size, const int rows_left,
    const int d, const int2* places, const int head, const int heads, global char* values) {
  const int g = (int)get_local_id(0) % 32 / 4;
  const bool odd = g % 2 != 0;
  const bool aligned = rows_left > 8 && places[0].x == places[1].x &&
                       places[1].y == places[0].y + 8 && places[0].y % 16 == g;
  const uint key = aligned ? (uint)places[0].x * (KEY_BLOCK / 16) + places[0].y / 16 : 0xffffffffu;
  const bool together = nvidia_shuffle_xor_bits(key, 4) == key && aligned;
  global char* const to[2] = {values + ((size_t)places[0].x * heads + head) * KV_PADDED_PART(size),
                              values + ((size_t)places[1].x * heads + head) * KV_PADDED_PART(size)};
#pragma unroll
  for (int i = 0; i < fours; ++i) {
    // Two columns of both rows: those that the item keeps, and those that the other one does.
    const uint first = (upper[i] & 0xffff) | lower[i] << 16;
    const uint second = upper[i] >> 16 | (lower[i] & 0xffff0000u);
    const uint other = nvidia_shuffle_xor_bits(odd ? first : second, 4);
    const uint even_row = odd ? other : first, odd_row = odd ? second : other;
    const int c = d + 16 * i, slot = places[0].y - (odd ? 1 : 0);
    if (together) {
#pragma unroll
      for (int e = 0; e < 2; ++e)
        *(global uint*)(to[0] + KV_GPU_I8_VALUE(slot, c + (odd ? 2 : 0) + e, size)) =
            nvidia_low_bytes(even_row >> 8 * e, odd_row >> 8 * e, even_row >> (16 + 8 * e),
                             odd_row >> (16 + 8 * e));
      continue;
    }
#pragma unroll
    for (int e = 0; e < 4; ++e) {
      if (rows_left > 0)
        to[0][KV_GPU_I8_VALUE(places[0].y, c + e, size)] = (char)(upper[i] >> 8 * e);
      if (rows_left > 8)
        to[1][KV_GPU_I8_VALUE(places[1].y, c + e, size)] = (char)(lower[i] >> 8 * e);
    }
  }
}
