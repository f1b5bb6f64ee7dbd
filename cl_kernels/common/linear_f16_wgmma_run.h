// Products of f16 on Hopper's tensor cores whose outputs stand in one matrix: linear_f16_n16f25 and
// its form with gelu_f16.
#pragma once

#include "common/linear_f16_wgmma.h"

// Outputs of two blocks of columns to y in f32.
static inline __attribute__((always_inline)) void linear_f16_wgmma_floats(
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

// A consumer group. `form`: what becomes of a sum; in f16 unless it is LINEAR_F16_PLAIN and the
// arguments ask for f32.
static inline __attribute__((always_inline)) void linear_f16_wgmma_consume(
    float* sums, struct linear_f16_wgmma_memory own, const struct wgmma_shape shape, const int form,
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
      if (form != LINEAR_F16_PLAIN || a.y_f16) {
        linear_f16_wgmma_leave(sums, j, form, tile, group, own.staging, own.biases,
                               (global ushort*)y, &a);
        continue;
      }
#pragma unroll
      for (int i = j; i < j + LINEAR_F16_CHUNK / 8; i += 2)
        linear_f16_wgmma_floats(linear_f16_wgmma_values(sums, i, LINEAR_F16_PLAIN, own.biases), y,
                                tile.m + wgmma_row(group),
                                tile.n + 8 * i + linear_f16_wgmma_column(), &a);
    }
  }
}

static inline __attribute__((always_inline)) void linear_f16_wgmma_run(
    local char* memory, const struct wgmma_shape shape, const int form, global const ushort* x,
    global const ushort* w, global const float* bias, global float* y,
    const struct linear_f16_n16f25_args a) {
  const struct linear_f16_wgmma_memory own = linear_f16_wgmma_memory_of(memory, shape);
  if (wgmma_copies(shape)) {
    linear_f16_wgmma_copy(own.ring, shape, x, w, a);
  } else {
    linear_f16_wgmma_many_registers(shape);
    float sums[128];
    linear_f16_wgmma_consume(sums, own, shape, form, bias, y, a);
  }
}
