// Hopper's tensor-core products of INT8 from OpenCL C, and the copies and barriers that feed them
// (PTX ISA: wgmma, mbarrier, cp.async.bulk). Instructions that need sm_90a stand behind the marker
// `//@90a `, which host/nvidia_sm90a.cpp removes from the driver's PTX before the second build; a
// kernel's directives stand behind `//@entry `.
// Addresses of local memory are the 32 bits that PTX calls .shared.
#pragma once

#include "common/nvidia_meet.h"
#include "common/nvidia_mma.h"  // nvidia_local_address

// --- barriers in local memory -------------------------------------------------------------------
static inline void wgmma_barrier_init(const uint barrier, const int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}
// Makes initialized barriers visible to the copy engine.
static inline void wgmma_barriers_ready() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
static inline void wgmma_arrive(const uint barrier) {
  asm volatile("{.reg .b64 state; mbarrier.arrive.shared::cta.b64 state, [%0];}" ::"r"(barrier)
               : "memory");
}
// Arrives and says how many bytes copies will bring.
static inline void wgmma_arrive_expect(const uint barrier, const uint bytes) {
  asm volatile(
      "{.reg .b64 state; mbarrier.arrive.expect_tx.shared::cta.b64 state, [%0], %1;}" ::"r"(
          barrier),
      "r"(bytes)
      : "memory");
}
static inline void wgmma_wait(const uint barrier, const uint parity) {
  uint done = 0;
  while (!done)
    asm volatile(
        "{.reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; "
        "selp.u32 %0, 1, 0, p;}"
        : "=r"(done)
        : "r"(barrier), "r"(parity)
        : "memory");
}
// A barrier of the 128 items of one consumer group; ids from 1, 0 is barrier().
static inline void wgmma_group_barrier(const int id) {
  asm volatile("bar.sync %0, 128;" ::"r"(id) : "memory");
}

// What an item wrote to global memory, or was told that others wrote, is seen by its bulk copies.
static inline void wgmma_global_written() {
  asm volatile("fence.proxy.async.global;" ::: "memory");
}

// v, unknown to the compiler before this point: what depends on it is not computed ahead of a loop
// whose registers are short.
static inline int wgmma_here(int v) {
  asm volatile("" : "+r"(v));
  return v;
}

// false, which the assembler knows and compilers before it do not.
static inline bool nvidia_never() {
  uint v;
  asm("mov.u32 %0, 0;" : "=r"(v));
  return v != 0;
}

// Loads that stay before the next barrier, to be there long after it: compilers would wait for them
// where they are needed.
static inline int nvidia_load_early(global const int* p) {
  int v;
  asm volatile("ld.global.s32 %0, [%1];" : "=r"(v) : "l"(p));
  return v;
}
static inline int4 nvidia_load_four_early(global const int4* p) {
  int a, b, c, d;
  asm volatile("ld.global.v4.s32 {%0, %1, %2, %3}, [%4];"
               : "=r"(a), "=r"(b), "=r"(c), "=r"(d)
               : "l"(p));
  return (int4)(a, b, c, d);
}

// The same where `there` says that there is something, else zeros, without a branch.
static inline float nvidia_load_early_if(global const float* p, const bool there) {
  float v = 0.0f;
  asm volatile("{.reg .pred there; setp.ne.s32 there, %2, 0; @there ld.global.f32 %0, [%1];}"
               : "+f"(v)
               : "l"(p), "r"((int)there));
  return v;
}
static inline uint2 nvidia_load_two_early_if(global const uint2* p, const bool there) {
  uint a = 0, b = 0;
  asm volatile(
      "{.reg .pred there; setp.ne.s32 there, %3, 0; @there ld.global.v2.u32 {%0, %1}, [%2];}"
      : "+r"(a), "+r"(b)
      : "l"(p), "r"((int)there));
  return (uint2)(a, b);
}

static inline int4 nvidia_load_four_early_if(global const int4* p, const bool there) {
  int a = 0, b = 0, c = 0, d = 0;
  asm volatile(
      "{.reg .pred there; setp.ne.s32 there, %5, 0; @there ld.global.v4.s32 {%0, %1, %2, %3}, "
      "[%4];}"
      : "+r"(a), "+r"(b), "+r"(c), "+r"(d)
      : "l"(p), "r"((int)there));
  return (int4)(a, b, c, d);
}

// --- numbers ------------------------------------------------------------------------------------

// Four rows of four bytes become four columns.
static inline __attribute__((always_inline)) void wgmma_transpose_bytes(const uint a, const uint b,
                                                                        const uint c, const uint d,
                                                                        uint* first, uint* second,
                                                                        uint* third, uint* fourth) {
  uint ab, ab_high, cd, cd_high;
  asm("prmt.b32 %0, %1, %2, 0x5140;" : "=r"(ab) : "r"(a), "r"(b));
  asm("prmt.b32 %0, %1, %2, 0x7362;" : "=r"(ab_high) : "r"(a), "r"(b));
  asm("prmt.b32 %0, %1, %2, 0x5140;" : "=r"(cd) : "r"(c), "r"(d));
  asm("prmt.b32 %0, %1, %2, 0x7362;" : "=r"(cd_high) : "r"(c), "r"(d));
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(*first) : "r"(ab), "r"(cd));
  asm("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(*second) : "r"(ab), "r"(cd));
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(*third) : "r"(ab_high), "r"(cd_high));
  asm("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(*fourth) : "r"(ab_high), "r"(cd_high));
}

// --- bulk copies --------------------------------------------------------------------------------
// Global to local memory; `barrier` counts the bytes. Addresses and sizes: multiples of 16.
static inline void wgmma_load(const uint to, global const char* from, const uint bytes,
                              const uint barrier) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(to),
      "l"(from), "r"(bytes), "r"(barrier)
      : "memory");
}
// Asks for memory that will be read later: it goes to the cache that all units share.
static inline void nvidia_prefetch_bulk(global const char* from, const uint bytes) {
  asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(from), "r"(bytes) : "memory");
}
// Local to global memory, by one item; wgmma_stores_read: local memory may be written again.
static inline void wgmma_store(global char* to, const uint from, const uint bytes) {
  asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to), "r"(from),
               "r"(bytes)
               : "memory");
}
static inline void wgmma_stores_commit() {
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}
static inline void wgmma_stores_read() {
  asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
}
static inline void wgmma_stores_done() {
  asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}
// What items wrote to local memory becomes visible to the copy engine.
static inline void wgmma_local_written() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

// --- products -----------------------------------------------------------------------------------
// Few enough registers that a compute unit holds two work-groups of the kernel. Those that wait for
// each other are launched in that number: all must be resident. For a kernel's own body.
static inline void wgmma_two_resident() {
  asm volatile("//@entry .minnctapersm 2");
}
// Registers from the warps that only copy to those that hold sums; whole groups of four warps.
static inline void wgmma_few_registers() {
  asm volatile("//@90a setmaxnreg.dec.sync.aligned.u32 40;" ::: "memory");
}
static inline void wgmma_many_registers() {
  asm volatile("//@90a setmaxnreg.inc.sync.aligned.u32 232;" ::: "memory");
}
// The same for the 640 items of two teams.
static inline void wgmma_few_registers_of_teams() {
  asm volatile("//@90a setmaxnreg.dec.sync.aligned.u32 32;" ::: "memory");
}
static inline void wgmma_many_registers_of_teams() {
  asm volatile("//@90a setmaxnreg.inc.sync.aligned.u32 112;" ::: "memory");
}
// As `count` arrivals at a barrier in local memory.
static inline void wgmma_arrive_times(const uint barrier, const int count) {
  asm volatile("{.reg .b64 state; mbarrier.arrive.shared::cta.b64 state, [%0], %1;}" ::"r"(barrier),
               "r"(count)
               : "memory");
}
static inline void wgmma_fence() {
  asm volatile("//@90a wgmma.fence.sync.aligned;" ::: "memory");
}
static inline void wgmma_commit() {
  asm volatile("//@90a wgmma.commit_group.sync.aligned;" ::: "memory");
}
// Waits until at most `0` or `1` of the committed groups run.
static inline void wgmma_wait_all() {
  asm volatile("//@90a wgmma.wait_group.sync.aligned 0;" ::: "memory");
}
static inline void wgmma_wait_but_one() {
  asm volatile("//@90a wgmma.wait_group.sync.aligned 1;" ::: "memory");
}
// Operand in local memory: rows of 128 bytes in the 128-byte swizzle, 8 rows 1024 bytes apart.
static inline ulong wgmma_operand(const uint address) {
  return (ulong)((address & 0x3ffffu) >> 4) | (1ul << 16) | (64ul << 32) | (1ul << 62);
}
#define WGMMA_OPERAND_STEP 2  // in a descriptor: the next 32 inputs

// acc[16] = x * w (+ acc where `add`): 64 rows by 32 outputs.
static inline __attribute__((always_inline)) void wgmma_n32(int* c, const ulong x, const ulong w,
                                                            const int add) {
  asm volatile(
      "//@90a {.reg .pred add; setp.ne.b32 add, %18, 0; "
      "wgmma.mma_async.sync.aligned.m64n32k32.s32.s8.s8 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15}, %16, %17, add;}"
      : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3]), "+r"(c[4]), "+r"(c[5]), "+r"(c[6]),
        "+r"(c[7]), "+r"(c[8]), "+r"(c[9]), "+r"(c[10]), "+r"(c[11]), "+r"(c[12]), "+r"(c[13]),
        "+r"(c[14]), "+r"(c[15])
      : "l"(x), "l"(w), "r"(add));
}

// acc[32] = x * w (+ acc where `add`): 64 rows by 64 outputs.
static inline __attribute__((always_inline)) void wgmma_n64(int* c, const ulong x, const ulong w,
                                                            const int add) {
  asm volatile(
      "//@90a {.reg .pred add; setp.ne.b32 add, %34, 0; "
      "wgmma.mma_async.sync.aligned.m64n64k32.s32.s8.s8 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,"
      "%23,%24,%25,%26,%27,%28,%29,%30,%31}"
      ", %32, %33, add;}"
      : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3]), "+r"(c[4]), "+r"(c[5]), "+r"(c[6]),
        "+r"(c[7]), "+r"(c[8]), "+r"(c[9]), "+r"(c[10]), "+r"(c[11]), "+r"(c[12]), "+r"(c[13]),
        "+r"(c[14]), "+r"(c[15]), "+r"(c[16]), "+r"(c[17]), "+r"(c[18]), "+r"(c[19]), "+r"(c[20]),
        "+r"(c[21]), "+r"(c[22]), "+r"(c[23]), "+r"(c[24]), "+r"(c[25]), "+r"(c[26]), "+r"(c[27]),
        "+r"(c[28]), "+r"(c[29]), "+r"(c[30]), "+r"(c[31])
      : "l"(x), "l"(w), "r"(add));
}

// acc[64] = x * w (+ acc where `add`): 64 rows by 128 outputs.
static inline __attribute__((always_inline)) void wgmma_n128(int* c, const ulong x, const ulong w,
                                                             const int add) {
  asm volatile(
      "//@90a {.reg .pred add; setp.ne.b32 add, %66, 0; "
      "wgmma.mma_async.sync.aligned.m64n128k32.s32.s8.s8 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,"
      "%23,%24,%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,"
      "%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63}"
      ", %64, %65, add;}"
      : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3]), "+r"(c[4]), "+r"(c[5]), "+r"(c[6]),
        "+r"(c[7]), "+r"(c[8]), "+r"(c[9]), "+r"(c[10]), "+r"(c[11]), "+r"(c[12]), "+r"(c[13]),
        "+r"(c[14]), "+r"(c[15]), "+r"(c[16]), "+r"(c[17]), "+r"(c[18]), "+r"(c[19]), "+r"(c[20]),
        "+r"(c[21]), "+r"(c[22]), "+r"(c[23]), "+r"(c[24]), "+r"(c[25]), "+r"(c[26]), "+r"(c[27]),
        "+r"(c[28]), "+r"(c[29]), "+r"(c[30]), "+r"(c[31]), "+r"(c[32]), "+r"(c[33]), "+r"(c[34]),
        "+r"(c[35]), "+r"(c[36]), "+r"(c[37]), "+r"(c[38]), "+r"(c[39]), "+r"(c[40]), "+r"(c[41]),
        "+r"(c[42]), "+r"(c[43]), "+r"(c[44]), "+r"(c[45]), "+r"(c[46]), "+r"(c[47]), "+r"(c[48]),
        "+r"(c[49]), "+r"(c[50]), "+r"(c[51]), "+r"(c[52]), "+r"(c[53]), "+r"(c[54]), "+r"(c[55]),
        "+r"(c[56]), "+r"(c[57]), "+r"(c[58]), "+r"(c[59]), "+r"(c[60]), "+r"(c[61]), "+r"(c[62]),
        "+r"(c[63])
      : "l"(x), "l"(w), "r"(add));
}

// acc[128] = x * w (+ acc where `add`): 64 rows by 256 outputs.
static inline __attribute__((always_inline)) void wgmma_n256(int* c, const ulong x, const ulong w,
                                                             const int add) {
  asm volatile(
      "//@90a {.reg .pred add; setp.ne.b32 add, %130, 0; "
      "wgmma.mma_async.sync.aligned.m64n256k32.s32.s8.s8 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,"
      "%23,%24,%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,"
      "%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63,%64,"
      "%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79,%80,%81,%82,%83,%84,%85,"
      "%86,%87,%88,%89,%90,%91,%92,%93,%94,%95,%96,%97,%98,%99,%100,%101,%102,%103,%104,"
      "%105,%106,%107,%108,%109,%110,%111,%112,%113,%114,%115,%116,%117,%118,%119,%120,"
      "%121,%122,%123,%124,%125,%126,%127}"
      ", %128, %129, add;}"
      : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3]), "+r"(c[4]), "+r"(c[5]), "+r"(c[6]),
        "+r"(c[7]), "+r"(c[8]), "+r"(c[9]), "+r"(c[10]), "+r"(c[11]), "+r"(c[12]), "+r"(c[13]),
        "+r"(c[14]), "+r"(c[15]), "+r"(c[16]), "+r"(c[17]), "+r"(c[18]), "+r"(c[19]), "+r"(c[20]),
        "+r"(c[21]), "+r"(c[22]), "+r"(c[23]), "+r"(c[24]), "+r"(c[25]), "+r"(c[26]), "+r"(c[27]),
        "+r"(c[28]), "+r"(c[29]), "+r"(c[30]), "+r"(c[31]), "+r"(c[32]), "+r"(c[33]), "+r"(c[34]),
        "+r"(c[35]), "+r"(c[36]), "+r"(c[37]), "+r"(c[38]), "+r"(c[39]), "+r"(c[40]), "+r"(c[41]),
        "+r"(c[42]), "+r"(c[43]), "+r"(c[44]), "+r"(c[45]), "+r"(c[46]), "+r"(c[47]), "+r"(c[48]),
        "+r"(c[49]), "+r"(c[50]), "+r"(c[51]), "+r"(c[52]), "+r"(c[53]), "+r"(c[54]), "+r"(c[55]),
        "+r"(c[56]), "+r"(c[57]), "+r"(c[58]), "+r"(c[59]), "+r"(c[60]), "+r"(c[61]), "+r"(c[62]),
        "+r"(c[63]), "+r"(c[64]), "+r"(c[65]), "+r"(c[66]), "+r"(c[67]), "+r"(c[68]), "+r"(c[69]),
        "+r"(c[70]), "+r"(c[71]), "+r"(c[72]), "+r"(c[73]), "+r"(c[74]), "+r"(c[75]), "+r"(c[76]),
        "+r"(c[77]), "+r"(c[78]), "+r"(c[79]), "+r"(c[80]), "+r"(c[81]), "+r"(c[82]), "+r"(c[83]),
        "+r"(c[84]), "+r"(c[85]), "+r"(c[86]), "+r"(c[87]), "+r"(c[88]), "+r"(c[89]), "+r"(c[90]),
        "+r"(c[91]), "+r"(c[92]), "+r"(c[93]), "+r"(c[94]), "+r"(c[95]), "+r"(c[96]), "+r"(c[97]),
        "+r"(c[98]), "+r"(c[99]), "+r"(c[100]), "+r"(c[101]), "+r"(c[102]), "+r"(c[103]),
        "+r"(c[104]), "+r"(c[105]), "+r"(c[106]), "+r"(c[107]), "+r"(c[108]), "+r"(c[109]),
        "+r"(c[110]), "+r"(c[111]), "+r"(c[112]), "+r"(c[113]), "+r"(c[114]), "+r"(c[115]),
        "+r"(c[116]), "+r"(c[117]), "+r"(c[118]), "+r"(c[119]), "+r"(c[120]), "+r"(c[121]),
        "+r"(c[122]), "+r"(c[123]), "+r"(c[124]), "+r"(c[125]), "+r"(c[126]), "+r"(c[127])
      : "l"(x), "l"(w), "r"(add));
}
