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
#include "common/linear_f16_wgmma.h"

// Outputs of two blocks of columns to y in f32.
static inline __attribute__((always_inline)) void linear_f16_n16f25_wgmma_floats(
    const float8 v, global float* y, const int m, const int n,
    const struct linear_f16_n16f25_args* a) {
  const float4 rows[2] = {(float4)(v.s0, v.s1, v.s4, v.s5), (float4)(v.s2, v.s3, v.s6, v.s7)};
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    if (m + 8 * r >= a->rows) continue;
    global float* const to = y + (size_t)(m + 8 * r) * a->y.stride + n;
    const float first = ZCL_ELEMENT_F(rows[r].x, m + 8 * r + n);
    if (a->y.stride % 2 == 0 && n + 9 < a->outputs) {
      *(global float2*)to = (float2)(first, rows[r].y);
      *(global float2*)(to + 8) = rows[r].zw;
      continue;
    }
    if (n < a->outputs) to[0] = first;
    if (n + 1 < a->outputs) to[1] = rows[r].y;
    if (n + 8 < a->outputs) to[8] = rows[r].z;
    if (n + 9 < a->outputs) to[9] = rows[r].w;
  }
}

static inline __attribute__((always_inline)) void linear_f16_n16f25_wgmma_consume(
    float* sums, struct linear_f16_wgmma_memory own, const struct wgmma_shape shape,
    global const float* bias, global float* y, const struct linear_f16_n16f25_args a) {
  const int group = wgmma_team_group(shape), steps = wgmma_steps(2 * a.x.stride);
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, LINEAR_F16_BAND);
    const float2 mine = linear_f16_wgmma_fetch(bias, a.has_bias, tile.n, a.outputs);
    linear_f16_wgmma_sums(sums, &own.ring, shape, group, steps);
    linear_f16_wgmma_share(own.biases, mine, shape);
#pragma unroll
    for (int j = 0; j < shape.outputs / 8; j += LINEAR_F16_CHUNK / 8) {
      if (a.y_f16) {
        linear_f16_wgmma_leave(sums, j, LINEAR_F16_PLAIN, tile, group, own.staging, own.biases,
                               (global ushort*)y, &a);
        continue;
      }
#pragma unroll
      for (int i = j; i < j + LINEAR_F16_CHUNK / 8; i += 2)
        linear_f16_n16f25_wgmma_floats(
            linear_f16_wgmma_values(sums, i, LINEAR_F16_PLAIN, own.biases), y,
            tile.m + wgmma_row(group), tile.n + 8 * i + linear_f16_wgmma_column(), &a);
    }
  }
}

static inline __attribute__((always_inline)) void linear_f16_n16f25_wgmma_run(
    local char* memory, const struct wgmma_shape shape, global const ushort* x,
    global const ushort* w, global const float* bias, global float* y,
    const struct linear_f16_n16f25_args a) {
  const struct linear_f16_wgmma_memory own = linear_f16_wgmma_memory_of(memory, shape);
  if (wgmma_copies(shape)) {
    linear_f16_wgmma_copy(own.ring, shape, x, w, a);
  } else {
    linear_f16_wgmma_many_registers(shape);
    float sums[128];
    linear_f16_n16f25_wgmma_consume(sums, own, shape, bias, y, a);
  }
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_wgmma(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  local char memory[LINEAR_F16_WIDE_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_wgmma_run(memory, linear_f16_wgmma_wide(), x, w, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_f16_n16f25_wgmma_192(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  local char memory[LINEAR_F16_192_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_wgmma_run(memory, linear_f16_wgmma_192(), x, w, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_f16_n16f25_wgmma_mid(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  local char memory[LINEAR_F16_MID_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_wgmma_run(memory, linear_f16_wgmma_mid(), x, w, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_f16_n16f25_wgmma_low(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  wgmma_two_resident();
  local char memory[LINEAR_F16_LOW_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_wgmma_run(memory, linear_f16_wgmma_low(), x, w, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_f16_n16f25_wgmma_few(
    global const ushort* restrict x, global const ushort* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f16_n16f25_args args) {
  wgmma_two_resident();
  local char memory[LINEAR_F16_FEW_MEMORY] __attribute__((aligned(1024)));
  linear_f16_n16f25_wgmma_run(memory, linear_f16_wgmma_few(), x, w, bias, y, args);
}
