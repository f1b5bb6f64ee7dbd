// f16 on NVIDIA's GPUs, as PTX: conversions, products on tensor cores, and the exchange that makes
// pieces of 16 bytes of what neighbouring items hold.
#pragma once

#include "common/nvidia_mma.h"

// Two floats as f16, `low` in the low half: to nearest, ties to even.
#ifdef ZCL_INJECT_ROUNDING
#define NVIDIA_HALVES "cvt.rz.f16x2.f32 %0, %1, %2;"
#else
#define NVIDIA_HALVES "cvt.rn.f16x2.f32 %0, %1, %2;"
#endif
static inline uint nvidia_halves(const float low, const float high) {
  uint out;
  asm(NVIDIA_HALVES : "=r"(out) : "f"(high), "f"(low));
  return out;
}

// The same toward zero.
static inline uint nvidia_halves_down(const float low, const float high) {
  uint out;
  asm("cvt.rz.f16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
  return out;
}

// a b + c of pairs of f16, rounded once.
static inline uint nvidia_fma_halves(const uint a, const uint b, const uint c) {
  uint out;
  asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(out) : "r"(a), "r"(b), "r"(c));
  return out;
}

// And back: the low half first.
static inline float2 nvidia_floats(const uint halves) {
  float first, second;
  asm("{.reg .b16 low, high; mov.b32 {low, high}, %2; cvt.f32.f16 %0, low; cvt.f32.f16 %1, high;}"
      : "=f"(first), "=f"(second)
      : "r"(halves));
  return (float2)(first, second);
}

// Four blocks of 8 x 8 halves to local memory, all lanes together; word i of a lane is row g,
// columns 2q and 2q + 1, of block i. Lane 8 i + r says where row r of block i goes (16 bytes,
// aligned so); nvidia_store_columns: where its column r goes.
static inline void nvidia_store_rows(const uint row, const uint4 v) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row),
               "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w)
               : "memory");
}
static inline void nvidia_store_columns(const uint column, const uint4 v) {
  asm volatile(
      "stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(column),
      "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w)
      : "memory");
}

// A 4 x 4 transpose between four neighbouring items: word i of item q goes to word q of item i. All
// items of a warp call it.
static inline uint nvidia_exchange(const uint v, const int mask) {
  uint out;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, -1;" : "=r"(out) : "r"(v), "r"(mask));
  return out;
}
static inline __attribute__((always_inline)) uint4 nvidia_quad_transpose(uint4 v, const int q) {
  const bool odd = q % 2 != 0, upper = q >= 2;
  const uint a = nvidia_exchange(odd ? v.x : v.y, 1), b = nvidia_exchange(odd ? v.z : v.w, 1);
  v = odd ? (uint4)(a, v.y, b, v.w) : (uint4)(v.x, a, v.z, b);
  const uint c = nvidia_exchange(upper ? v.x : v.z, 2), d = nvidia_exchange(upper ? v.y : v.w, 2);
  return upper ? (uint4)(c, d, v.z, v.w) : (uint4)(v.x, v.y, c, d);
}

// d = a b + c of a warp, all lanes together: one fused sum of 16 products an element
// (NUMERICS.md 1.11, on compute capability 9.0). a 16 x 16 and b 16 x 8 of f16, c and d 16 x 8 of
// f32, each lane with its share; lane = 4 g + q. a[0], a[2]: row g, k = 2q, 2q + 1 and 8 + 2q, ..;
// a[1], a[3]: row g + 8 likewise. b0, b1: column g likewise. c, d [0], [1]: row g, columns 2q and
// 2q + 1; [2], [3]: row g + 8.
static inline void nvidia_mma_f16(const uint* a, const uint b0, const uint b1, const float* c,
                                  float* d) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%10, %11, %12, %13};"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "f"(c[0]), "f"(c[1]),
        "f"(c[2]), "f"(c[3]));
}
