// Instructions of NVIDIA's GPUs that OpenCL C has no name for, as PTX (PTX ISA: mma, ldmatrix,
// cp.async, dp4a, shfl, prmt): from compute capability 8.0 on, nvidia_dot4 from 6.1 on. A warp is
// 32 neighbouring work-items; all of its lanes must call together what says so. Lane = 4 g + q with
// g = 0 .. 7 and q = 0 .. 3.
#pragma once

#include "abi/numerics.h"

#define NVIDIA_WARP 32

// d = a b + c of a warp, all lanes together: a 16 x 32 and b 32 x 8 of INT8, c and d 16 x 8 of
// INT32, each lane with its share. a[0], a[2]: row g, k = 4q .. 4q + 3 and 16 + 4q ..; a[1], a[3]:
// row g + 8 likewise. b0, b1: column g likewise. c, d [0], [1]: row g, columns 2q and 2q + 1; [2],
// [3]: row g + 8.
static inline void nvidia_mma_s8(const uint* a, const uint b0, const uint b1, const int* c,
                                 int* d) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%10, %11, %12, %13};"
      : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "r"(c[0]), "r"(c[1]),
        "r"(c[2]), "r"(c[3]));
}

// The 32 bits that PTX knows a place in local memory by.
static inline uint nvidia_local_address(local const void* p) {
  return (uint)(size_t)p;
}

// Four blocks of 8 rows of 16 bytes from local memory, all lanes together: lane 8 i + r says where
// row r of block i lies (aligned to 16 bytes), and gets bytes 4q .. 4q + 3 of row g of each block.
// Of INT8 codes that is a factor of nvidia_mma_s8.
static inline void nvidia_load_blocks(const uint row, uint* out) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(row)
               : "memory");
}

// sum + the products of four INT8 codes.
static inline int nvidia_dot4(const uint a, const uint b, const int sum) {
  int out;
  asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(out) : "r"(a), "r"(b), "r"(sum));
  return out;
}

// The value of lane (lane xor `mask`); all lanes together.
static inline float nvidia_shuffle_xor(const float value, const int mask) {
  float out;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, -1;" : "=f"(out) : "f"(value), "r"(mask));
  return out;
}
static inline uint nvidia_shuffle_xor_bits(const uint value, const int mask) {
  return as_uint(nvidia_shuffle_xor(as_float(value), mask));
}
// Of four neighbouring lanes, the value of the `from`-th.
static inline float nvidia_quad_shuffle(const float value, const int from) {
  float out;
  asm volatile("shfl.sync.idx.b32 %0, %1, %2, 0x1c1f, -1;" : "=f"(out) : "f"(value), "r"(from));
  return out;
}

// The value of the lane with the same q and g = `from`; all lanes together.
static inline uint nvidia_column_shuffle(const uint value, const int from) {
  uint out;
  asm volatile("shfl.sync.idx.b32 %0, %1, %2, 0x031f, -1;" : "=r"(out) : "r"(value), "r"(4 * from));
  return out;
}

// A 4 x 4 transpose between four neighbouring items: word i of item q goes to word q of item i. All
// lanes together. Vectors, since of array elements compilers choose addresses, which puts the array
// into memory.
static inline __attribute__((always_inline)) uint4 nvidia_quad_exchange(const uint4 v,
                                                                        const int q) {
  const bool odd = q % 2 != 0, high = q / 2 != 0;
  const uint near = nvidia_shuffle_xor_bits(odd ? v.x : v.y, 1);
  const uint far = nvidia_shuffle_xor_bits(odd ? v.z : v.w, 1);
  const uint4 half_way = odd ? (uint4)(near, v.y, far, v.w) : (uint4)(v.x, near, v.z, far);
  const uint even_items = nvidia_shuffle_xor_bits(high ? half_way.x : half_way.z, 2);
  const uint odd_items = nvidia_shuffle_xor_bits(high ? half_way.y : half_way.w, 2);
  return high ? (uint4)(even_items, odd_items, half_way.z, half_way.w)
              : (uint4)(half_way.x, half_way.y, even_items, odd_items);
}

// The largest number of a warp's lanes, to all of them.
static inline uint nvidia_warp_max(const uint value) {
  uint out;
  asm volatile("redux.sync.max.u32 %0, %1, -1;" : "=r"(out) : "r"(value));
  return out;
}

// barrier() of `items` items, whole warps, among those of a work-group; ids from 1 to 15.
static inline void nvidia_barrier(const int id, const int items) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(items) : "memory");
}

// Waits for the warp's lanes and makes what they wrote to local memory visible to one another.
static inline void nvidia_warp_barrier() {
  asm volatile("bar.warp.sync -1;" ::: "memory");
}

// 1 / v within 1 ulp, for v whose reciprocal is a normal number; of 0 and infinity infinity and 0.
static inline float nvidia_reciprocal(const float v) {
  float out;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(out) : "f"(v));
  return out;
}

// 2^x within 2^-22, exact for integers, for results from 2^-126 on; +0 below.
static inline float nvidia_exp2(const float x) {
  float out;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(out) : "f"(x));
  return out;
}

// a b + c, rounded once and kept within 0 and 1; NaN: +0.
static inline float nvidia_fma_unit(const float a, const float b, const float c) {
  float out;
  asm("fma.rn.sat.f32 %0, %1, %2, %3;" : "=f"(out) : "f"(a), "f"(b), "f"(c));
  return out;
}

static inline __attribute__((always_inline)) float8 nvidia_fma_unit_8(const float8 a,
                                                                      const float8 b,
                                                                      const float c) {
  return (float8)(nvidia_fma_unit(a.s0, b.s0, c), nvidia_fma_unit(a.s1, b.s1, c),
                  nvidia_fma_unit(a.s2, b.s2, c), nvidia_fma_unit(a.s3, b.s3, c),
                  nvidia_fma_unit(a.s4, b.s4, c), nvidia_fma_unit(a.s5, b.s5, c),
                  nvidia_fma_unit(a.s6, b.s6, c), nvidia_fma_unit(a.s7, b.s7, c));
}

// The larger; the NaN 0x7fffffff if either is NaN.
static inline float nvidia_max_nan(const float a, const float b) {
  float out;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(out) : "f"(a), "f"(b));
  return out;
}

// The low bytes of four integers, a's lowest.
static inline uint nvidia_low_bytes(const uint a, const uint b, const uint c, const uint d) {
  uint low, high, out;
  asm("prmt.b32 %0, %1, %2, 0x0040;" : "=r"(low) : "r"(a), "r"(b));
  asm("prmt.b32 %0, %1, %2, 0x0040;" : "=r"(high) : "r"(c), "r"(d));
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(out) : "r"(low), "r"(high));
  return out;
}

// Bytes 0 and 2 of a, then of b.
static inline uint nvidia_even_bytes(const uint a, const uint b) {
  uint out;
  asm("prmt.b32 %0, %1, %2, 0x6420;" : "=r"(out) : "r"(a), "r"(b));
  return out;
}

// Copies 16 bytes, aligned so, from global to local memory while the item goes on.
// nvidia_copies_wait: the item's copies are there; a barrier then shows them to the others.
static inline void nvidia_copy16(local void* to, global const void* from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"((uint)(size_t)to), "l"(from)
               : "memory");
}
static inline void nvidia_copies_wait() {
  asm volatile("cp.async.wait_all;" ::: "memory");
}
// The item's copies since the last commit become a group, which may be empty; later it waits until
// at most so many of its latest groups are under way.
static inline void nvidia_copies_commit() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
static inline void nvidia_copies_wait_but_one() {
  asm volatile("cp.async.wait_group 1;" ::: "memory");
}
static inline void nvidia_copies_wait_but_four() {
  asm volatile("cp.async.wait_group 4;" ::: "memory");
}

// Four bytes that no work-group writes meanwhile.
static inline uint nvidia_load_word(global const void* at) {
  uint out;
  asm("ld.global.nc.u32 %0, [%1];" : "=r"(out) : "l"(at));
  return out;
}

// Asks for a cache line of 128 bytes that will be read soon.
static inline void nvidia_prefetch(global const void* at) {
  asm volatile("prefetch.global.L2 [%0];" ::"l"(at));
}
