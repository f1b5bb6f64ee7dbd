// Operator: linear_f16_n16f25 (NUMERICS.md 3.23), variant for Hopper's tensor cores
// What:     as linear_f16_n16f25.cl; each wgmma is one fused sum of 16 products
// Buffers:  x ushort [M, K] (F16_TILES); w ushort, family "tiles"; bias float [N] or null; y float
//           [M, y.stride] or ushort in either layout
// Args:     struct linear_f16_n16f25_args
// Launch:   persistent: as many work-groups as are resident, or tiles. 384 items, tiles of
//           128 x 256; _192: 128 x 192; _mid: 640 items, two teams with tiles of 128 x 128; 256
//           items, _low: 64 x 128, _few: 64 x 64
// Variants: portable GPU shape linear_f16_n16f25.group.cl
// Source:   PTX ISA, wgmma.mma_async; warp-specialized persistent products as in CUTLASS
#include "common/linear_f16_wgmma_run.h"

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_wgmma(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  local char memory[LINEAR_F16_WIDE_MEMORY] __attribute__((aligned(1024)));
  linear_f16_wgmma_run(memory, linear_f16_wgmma_wide(), LINEAR_F16_PLAIN, x, w, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_wgmma_192(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  local char memory[LINEAR_F16_192_MEMORY] __attribute__((aligned(1024)));
  linear_f16_wgmma_run(memory, linear_f16_wgmma_192(), LINEAR_F16_PLAIN, x, w, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_f16_n16f25_wgmma_mid(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  local char memory[LINEAR_F16_MID_MEMORY] __attribute__((aligned(1024)));
  linear_f16_wgmma_run(memory, linear_f16_wgmma_mid(), LINEAR_F16_PLAIN, x, w, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_f16_n16f25_wgmma_low(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  wgmma_two_resident();
  local char memory[LINEAR_F16_LOW_MEMORY] __attribute__((aligned(1024)));
  linear_f16_wgmma_run(memory, linear_f16_wgmma_low(), LINEAR_F16_PLAIN, x, w, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_f16_n16f25_wgmma_few(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  wgmma_two_resident();
  local char memory[LINEAR_F16_FEW_MEMORY] __attribute__((aligned(1024)));
  linear_f16_wgmma_run(memory, linear_f16_wgmma_few(), LINEAR_F16_PLAIN, x, w, bias, y, args);
}
