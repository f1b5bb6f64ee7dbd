// Operator: none; what Hopper's tensor cores can do at most (`zerocl bench --peak`)
// What:     the same products round after round, operands in local memory, sums in registers:
//           wgmma m64n256k32 and nothing that could hold it up
// Buffers:  operands uint4 [PEAK_STAGES, PEAK_STAGE_BYTES]; sums uint [work-groups, PEAK_ITEMS]: of
//           each item its 128 sums together, modulo 2^32
// Args:     struct peak_args
// Launch:   a work-group of PEAK_ITEMS for each compute unit
// Variants: none
// Source:   PTX ISA, wgmma.mma_async
#include "abi/peak.h"
#include "common/nvidia_wgmma.h"

#define PIECES (PEAK_STAGES * PEAK_STAGE_BYTES / 16)

kernel __attribute__((reqd_work_group_size(PEAK_ITEMS, 1, 1))) void peak_wgmma(
    global const uint4* restrict operands, global uint* restrict sums,
    const struct peak_args args) {
  local uint4 data[PIECES] __attribute__((aligned(1024)));  // as the swizzle asks
  const int item = get_local_id(0);
  for (int i = item; i < PIECES; i += PEAK_ITEMS) data[i] = operands[i];
  wgmma_local_written();
  barrier(CLK_LOCAL_MEM_FENCE);
  const uint base = nvidia_local_address(data);
  const ulong x = wgmma_operand(base + item / 128 * 64 * CODES_TILE);
  const ulong w = wgmma_operand(base + PEAK_ROWS * CODES_TILE);
  int acc[128];
#pragma unroll
  for (int i = 0; i < 128; ++i) acc[i] = 0;
  for (int round = 0; round < args.rounds; ++round) {
#pragma unroll
    for (int stage = 0; stage < PEAK_STAGES; ++stage) {
      const ulong at = stage * PEAK_STAGE_BYTES / 16;  // descriptors count 16 bytes
      wgmma_fence();
#pragma unroll
      for (int k = 0; k < CODES_TILE / 32; ++k)
        wgmma_n256(acc, x + at + k * WGMMA_OPERAND_STEP, w + at + k * WGMMA_OPERAND_STEP, 1);
      wgmma_commit();
      wgmma_wait_but_one();
    }
  }
  wgmma_wait_all();
  uint sum = 0;
#pragma unroll
  for (int i = 0; i < 128; ++i) sum += (uint)acc[i];
  sums[get_group_id(0) * PEAK_ITEMS + item] = sum;
}
