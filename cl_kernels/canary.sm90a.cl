// Operator: canary, variant for Hopper
// What:     y[m,n] = sum x[m,k] * w[n,k] by wgmma, of 64 rows, 64 outputs and 128 inputs: shows
//           that the second build for sm_90a (host/nvidia_sm90a.h) gives code that runs and is
//           right. It waits for nothing, so that it cannot hang
// Buffers:  x char [64, 128], w char [64, 128], both in CODES_TILES; y int [64, 64]
// Args:     struct canary_args, rows = 64
// Launch:   one work-group of 128
// Variants: none; canary.cl is another check
// Source:   PTX ISA, wgmma.mma_async
// Not here: the copies and barriers that feed wgmma in linear_w8a8.wgmma.cl
#include "abi/canary.h"
#include "abi/layouts.h"
#include "common/nvidia_wgmma.h"

#define SIZE CANARY_PRODUCT_ITEMS
#define PIECES (CANARY_PRODUCT_ROWS * CODES_TILE / 16)

kernel __attribute__((reqd_work_group_size(SIZE, 1, 1))) void canary_sm90a(
    global const uint4* x, global const uint4* w, global int* y, const struct canary_args args) {
  local uint4 codes[2 * PIECES] __attribute__((aligned(1024)));  // as the swizzle asks
  const int item = get_local_id(0);
  for (int i = item; i < PIECES; i += SIZE) {
    codes[i] = x[i];
    codes[PIECES + i] = w[i];
  }
  wgmma_local_written();
  barrier(CLK_LOCAL_MEM_FENCE);
  const ulong rows = wgmma_operand(nvidia_local_address(codes));
  const ulong outputs = wgmma_operand(nvidia_local_address(codes + PIECES));
  int sums[32];
#pragma unroll
  for (int i = 0; i < 32; ++i) sums[i] = 0;
  wgmma_fence();
#pragma unroll
  for (int k = 0; k < CODES_TILE / 32; ++k)
    wgmma_n64(sums, rows + k * WGMMA_OPERAND_STEP, outputs + k * WGMMA_OPERAND_STEP, k > 0);
  wgmma_commit();
  wgmma_wait_all();
  // sums[4 j + 2 h + e]: row 16 (warp) + lane / 4 + 8 h, output 8 j + lane % 4 * 2 + e.
#pragma unroll
  for (int i = 0; i < 32; ++i) {
    const int m = item / 32 * 16 + item % 32 / 4 + i / 2 % 2 * 8;
    const int n = i / 4 * 8 + item % 4 * 2 + i % 2;
    if (m < args.rows) y[m * CANARY_PRODUCT_ROWS + n] = sums[i];
  }
}
