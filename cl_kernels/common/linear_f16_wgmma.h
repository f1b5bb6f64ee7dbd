// The products of f16 on Hopper's tensor cores (linear_f16_n16f25.wgmma.cl and its fused forms):
// the ring and the copying group of linear_wgmma.h over the same bytes, 64 inputs a stage, and the
// sums in f32.
#pragma once

#include "abi/linear_f16_n16f25.h"
#include "common/elementary.h"
#include "common/linear_wgmma_outputs.h"
#include "common/nvidia_wgmma_f16.h"

#define LINEAR_F16_BAND 8  // tiles of rows that go through all outputs together

// What the copying group is told: bytes for codes, and each stage a group, so that their order is
// one that `verify --inject` can spoil.
static inline struct linear_w8a8_args linear_f16_wgmma_bytes(
    const struct linear_f16_n16f25_args a) {
  const int inputs = 2 * a.x.stride;
  const struct linear_w8a8_args out = {
      a.rows, a.outputs, inputs, CODES_TILE, wgmma_steps(inputs), 1, 1, 1, 1, 0, 0};
  return out;
}

// As wgmma_stage and wgmma_sums.
static inline __attribute__((always_inline)) void linear_f16_wgmma_stage(
    float* sums, const struct wgmma_ring ring, const struct wgmma_shape shape, const int group,
    const int add) {
  const uint base = ring.data + ring.stage * WGMMA_STAGE(shape.rows, shape.outputs);
  const ulong x = wgmma_operand(base + group * WGMMA_ROWS * WGMMA_ROW_BYTES);
  const ulong w = wgmma_operand(base + shape.rows * WGMMA_ROW_BYTES);
  wgmma_wait(ring.full + 8 * ring.stage, ring.parity);
  wgmma_fence();
#pragma unroll
  for (int i = 0; i < CODES_TILE / 32; ++i) {
    const ulong x_part = x + i * WGMMA_OPERAND_STEP, w_part = w + i * WGMMA_OPERAND_STEP;
    const int plus = i > 0 ? 1 : add;
    if (shape.outputs == 256) wgmma_f16_n256(sums, x_part, w_part, plus);
    if (shape.outputs == 128) wgmma_f16_n128(sums, x_part, w_part, plus);
    if (shape.outputs == 64) wgmma_f16_n64(sums, x_part, w_part, plus);
  }
  wgmma_commit();
}
static inline __attribute__((always_inline)) void linear_f16_wgmma_sums(
    float* sums, private struct wgmma_ring* ring, const struct wgmma_shape shape, const int group,
    const int steps) {
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  int before = -1;
  for (int k = 0; k < steps; ++k) {
    linear_f16_wgmma_stage(sums, *ring, shape, group, k > 0);
    wgmma_wait_but_one();
    if (before >= 0 && first_item) wgmma_arrive(ring->empty + 8 * before);
    before = ring->stage;
    wgmma_next(ring, shape);
  }
  wgmma_wait_all();
  if (first_item) wgmma_arrive(ring->empty + 8 * before);
}

// Weights of f16 keep the order of their outputs: sums[4 j + 2 h + e] is row wgmma_row + 8 h of the
// tile, output 8 j + `column` + e.
static inline int linear_f16_wgmma_column() {
  return (int)get_local_id(0) % 4 * 2;
}

// The bias of a tile's outputs in local memory, of two outputs in each four floats, which
// wgmma_share_pairs puts there.
static inline float4 linear_f16_wgmma_fetch(global const float* bias, const int has_bias,
                                            const int n0, const int outputs) {
  const int n = n0 + (int)get_local_id(0) % WGMMA_ITEMS * 2;
  return has_bias ? (float4)(wgmma_two(bias, n, outputs), 0.0f, 0.0f) : (float4)(0.0f);
}
static inline float2 linear_f16_wgmma_bias(local const float4* pairs, const int j) {
  return (pairs + linear_f16_wgmma_column() / 2)[4 * j].xy;
}

// What a product does with its sums. Constants of a kernel.
#define LINEAR_F16_PLAIN 0
#define LINEAR_F16_GELU_ERF 1
#define LINEAR_F16_GELU_TANH 2

// Outputs 8 j + column and the next of rows m and m + 8, then the same of 8 (j + 1): y in f32, +0
// past the last output, which the padding of f16 rows shows. Eight side by side: compilers keep
// chains apart that are written apart. (A sum is never -0, so that no bias may be a bias of +0.)
static inline __attribute__((always_inline)) float8 linear_f16_wgmma_values(
    const float* sums, const int j, const int form, const int n0, const int outputs,
    const bool edge, local const float4* pairs) {
  const float2 near = linear_f16_wgmma_bias(pairs, j), far = linear_f16_wgmma_bias(pairs, j + 1);
  float8 y = (float8)(sums[4 * j] + near.x, sums[4 * j + 1] + near.y, sums[4 * j + 2] + near.x,
                      sums[4 * j + 3] + near.y, sums[4 * j + 4] + far.x, sums[4 * j + 5] + far.y,
                      sums[4 * j + 6] + far.x, sums[4 * j + 7] + far.y);
  if (form == LINEAR_F16_GELU_ERF) y = zcl_gelu_erf_8(y);
  if (form == LINEAR_F16_GELU_TANH) y = zcl_gelu_tanh_8(y);
  if (edge) {
    const int n = n0 + 8 * j + linear_f16_wgmma_column();
    const int8 column = (int8)(n, n + 1, n, n + 1, n + 8, n + 9, n + 8, n + 9);
    y = as_float8(as_int8(y) & (column < (int8)(outputs)));
  }
  return y;
}

// Words of four blocks of eight columns, 8 j .. 8 j + 31, of both rows. In place of its own two
// columns of each block an item then holds all eight of block j + q: 16 bytes that lie together in
// every layout.
struct linear_f16_wgmma_pieces {
  uint4 upper, lower;
};
static inline __attribute__((always_inline)) void linear_f16_wgmma_pack(
    private struct linear_f16_wgmma_pieces* out, const float8 a, const float8 b, const size_t at) {
  const int q = (int)get_local_id(0) % 4;
  const uint first = ZCL_ELEMENT_I(nvidia_halves(a.s0, a.s1), at);
  const uint4 upper = (uint4)(first, nvidia_halves(a.s4, a.s5), nvidia_halves(b.s0, b.s1),
                              nvidia_halves(b.s4, b.s5));
  const uint4 lower = (uint4)(nvidia_halves(a.s2, a.s3), nvidia_halves(a.s6, a.s7),
                              nvidia_halves(b.s2, b.s3), nvidia_halves(b.s6, b.s7));
  out->upper = nvidia_quad_transpose(upper, q);
  out->lower = nvidia_quad_transpose(lower, q);
}

// One row's piece of eight columns from n on, to y in either layout; those of no output are left
// out unless they are padding.
static inline void linear_f16_wgmma_store(const uint4 piece, global ushort* y, const int m,
                                          const int n, const struct linear_f16_n16f25_args* a) {
  const int left = (a->y.layout == F16_TILES ? a->y.stride : a->outputs) - n;
  if (m >= a->rows || left <= 0) return;
  global ushort* const to = y + F16_INDEX(a->y.layout, m, n, a->y.stride);
  if (left >= 8 && a->y.stride % 8 == 0) {
    *(global uint4*)to = piece;
    return;
  }
  const uint words[4] = {piece.x, piece.y, piece.z, piece.w};
#pragma unroll
  for (int i = 0; i < 8; ++i)
    if (i < left) to[i] = (ushort)(words[i / 2] >> (i % 2 * 16));
}
