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
    if (shape.outputs == 192) wgmma_f16_n192(sums, x_part, w_part, plus);
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
  wgmma_turn_begin(ring, shape, steps);
  for (int k = 0; k < steps; ++k) {
    linear_f16_wgmma_stage(sums, *ring, shape, group, k > 0);
    wgmma_wait_but_one();
    if (before >= 0 && first_item) wgmma_arrive(ring->empty + 8 * before);
    before = ring->stage;
    wgmma_next(ring, shape);
  }
  wgmma_turn_pass(ring, shape, steps);
  wgmma_wait_all();
  if (first_item) wgmma_arrive(ring->empty + 8 * before);
}

// Weights of f16 keep the order of their outputs: sums[4 j + 2 h + e] is row wgmma_row + 8 h of the
// tile, output 8 j + `column` + e.
static inline int linear_f16_wgmma_column() {
  return (int)get_local_id(0) % 4 * 2;
}

// --- tiles --------------------------------------------------------------------------------------
// Local memory, one array of a kernel: the ring; where the outputs of each consumer group gather,
// 64 columns at a time; of each of them the biases of a tile's outputs and the places of its rows
// (linear_f16_wgmma_qkv.h); barriers.
#define LINEAR_F16_CHUNK 64
#define LINEAR_F16_STAGING (WGMMA_ROWS * LINEAR_F16_CHUNK * 2)  // bytes
#define LINEAR_F16_GROUP(outputs) (LINEAR_F16_STAGING + 4 * (outputs) + 4 * WGMMA_ROWS)
#define LINEAR_F16_MEMORY(rows, outputs, stages, groups)                      \
  ((stages)*WGMMA_STAGE(rows, outputs) + (groups)*LINEAR_F16_GROUP(outputs) + \
   8 * WGMMA_BARRIERS(stages))

// Each with its memory; `mid` has two teams, the last two share a compute unit with another
// work-group.
#define LINEAR_F16_WIDE_MEMORY LINEAR_F16_MEMORY(128, 256, 4, 2)
static inline struct wgmma_shape linear_f16_wgmma_wide() {
  const struct wgmma_shape shape = {128, 256, 4};
  return shape;
}
#define LINEAR_F16_192_MEMORY LINEAR_F16_MEMORY(128, 192, 5, 2)
static inline struct wgmma_shape linear_f16_wgmma_192() {
  const struct wgmma_shape shape = {128, 192, 5};
  return shape;
}
#define LINEAR_F16_MID_MEMORY LINEAR_F16_MEMORY(128, 128, 5, 4)
static inline struct wgmma_shape linear_f16_wgmma_mid() {
  const struct wgmma_shape shape = {128, 128, 5, 2};
  return shape;
}
#define LINEAR_F16_LOW_MEMORY LINEAR_F16_MEMORY(64, 128, 4, 1)
static inline struct wgmma_shape linear_f16_wgmma_low() {
  const struct wgmma_shape shape = {64, 128, 4};
  return shape;
}
#define LINEAR_F16_FEW_MEMORY LINEAR_F16_MEMORY(64, 64, 6, 1)
static inline struct wgmma_shape linear_f16_wgmma_few() {
  const struct wgmma_shape shape = {64, 64, 6};
  return shape;
}

// The parts of that memory. `groups`: consumer groups; staging, biases and places are the item's
// group's own.
struct linear_f16_wgmma_memory {
  struct wgmma_ring ring;
  local char* staging;
  local float2* biases;
  local uint* places;
};
static inline __attribute__((always_inline)) struct linear_f16_wgmma_memory
linear_f16_wgmma_memory_of(local char* memory, const struct wgmma_shape shape) {
  const int groups = wgmma_teams(shape) * wgmma_team_groups(shape);
  const int group = (int)((uint)get_local_id(0) / WGMMA_ITEMS);
  local char* const staging = memory + shape.stages * WGMMA_STAGE(shape.rows, shape.outputs);
  local char* const biases = staging + groups * LINEAR_F16_STAGING;
  local char* const places = biases + groups * 4 * shape.outputs;
  local char* const barriers = places + groups * 4 * WGMMA_ROWS;
  const struct linear_f16_wgmma_memory out = {
      wgmma_ring_init(memory, (local ulong*)barriers, shape), staging + group * LINEAR_F16_STAGING,
      (local float2*)(biases + group * 4 * shape.outputs),
      (local uint*)(places + group * 4 * WGMMA_ROWS)};
  return out;
}

// The copying group, and what the others do before all else: registers move to those that hold
// sums, where these are many.
static inline __attribute__((always_inline)) void linear_f16_wgmma_copy(
    const struct wgmma_ring ring, const struct wgmma_shape shape, global const ushort* x,
    global const ushort* w, const struct linear_f16_n16f25_args a) {
  if (shape.outputs > 128) wgmma_few_registers();
  if (shape.turns) wgmma_few_registers_of_teams();
  wgmma_produce(ring, shape, LINEAR_F16_BAND, (global const char*)x, (global const char*)w,
                linear_f16_wgmma_bytes(a));
}
static inline __attribute__((always_inline)) void linear_f16_wgmma_many_registers(
    const struct wgmma_shape shape) {
  if (shape.outputs > 128) wgmma_many_registers();
  if (shape.turns) wgmma_many_registers_of_teams();
}

// --- biases -------------------------------------------------------------------------------------
// Fetched before the products, to be there after them.
static inline float2 linear_f16_wgmma_fetch(global const float* bias, const int has_bias,
                                            const int n0, const int outputs) {
  const int n = n0 + (int)get_local_id(0) % WGMMA_ITEMS * 2;
  return has_bias ? wgmma_two(bias, n, outputs) : (float2)(0.0f);
}
// Every item of a consumer group calls it; when all have come, nobody reads what a tile before left
// in local memory.
static inline void linear_f16_wgmma_share(local float2* biases, const float2 mine,
                                          const struct wgmma_shape shape) {
  const int item = get_local_id(0) % WGMMA_ITEMS;
  wgmma_group_sync();
  if (item < shape.outputs / 2) biases[item] = mine;
  wgmma_group_sync();
}

// --- outputs ------------------------------------------------------------------------------------
// What a product does with its sums. Constants of a kernel.
#define LINEAR_F16_PLAIN 0
#define LINEAR_F16_GELU_ERF 1
#define LINEAR_F16_GELU_TANH 2

// zcl_gelu_fine_* of eight: one instruction is fma and zcl_unit.
static inline __attribute__((always_inline)) float8 linear_f16_wgmma_gelu(const float8 x,
                                                                          const int form) {
  const float8 z = fabs(x);
  const float8 slope =
      form == LINEAR_F16_GELU_ERF ? zcl_fine_erf_slope_8(z) : zcl_fine_tanh_slope_8(z);
  return x * nvidia_fma_unit_8(x, slope, 0.5f);
}

// Outputs 8 j + column and the next of rows m and m + 8, then the same of 8 (j + 1): y in f32.
// Eight side by side: compilers keep chains apart that are written apart. (A sum is never -0, so
// that no bias may be a bias of +0.)
static inline __attribute__((always_inline)) float8 linear_f16_wgmma_values(
    const float* sums, const int j, const int form, local const float2* biases) {
  local const float2* const at = biases + linear_f16_wgmma_column() / 2;
  const float2 near = at[4 * j], far = at[4 * j + 4];
  const float8 y =
      (float8)(sums[4 * j] + near.x, sums[4 * j + 1] + near.y, sums[4 * j + 2] + near.x,
               sums[4 * j + 3] + near.y, sums[4 * j + 4] + far.x, sums[4 * j + 5] + far.y,
               sums[4 * j + 6] + far.x, sums[4 * j + 7] + far.y);
  return form == LINEAR_F16_PLAIN ? y : linear_f16_wgmma_gelu(y, form);
}

// Words of four blocks of eight columns, 8 j .. 8 j + 31: the item's two columns of each, of rows m
// and m + 8.
struct linear_f16_wgmma_words {
  uint4 upper, lower;
};
static inline __attribute__((always_inline)) struct linear_f16_wgmma_words linear_f16_wgmma_pack(
    const float8 a, const float8 b, const size_t at) {
  const uint first = ZCL_ELEMENT_I(nvidia_halves(a.s0, a.s1), at);
  const struct linear_f16_wgmma_words words = {
      (uint4)(first, nvidia_halves(a.s4, a.s5), nvidia_halves(b.s0, b.s1),
              nvidia_halves(b.s4, b.s5)),
      (uint4)(nvidia_halves(a.s2, a.s3), nvidia_halves(a.s6, a.s7), nvidia_halves(b.s2, b.s3),
              nvidia_halves(b.s6, b.s7))};
  return words;
}

static inline __attribute__((always_inline)) struct linear_f16_wgmma_words linear_f16_wgmma_outputs(
    const float* sums, const int j, const int form, const int m, const int n0,
    local const float2* biases) {
  const float8 a = linear_f16_wgmma_values(sums, j, form, biases);
  const float8 b = linear_f16_wgmma_values(sums, j + 2, form, biases);
  return linear_f16_wgmma_pack(a, b, m + n0 + 8 * j + linear_f16_wgmma_column());
}
// Words of columns from n on with +0 past the last output, which the padding of f16 rows shows.
static inline uint4 linear_f16_wgmma_cut(const uint4 v, const int n, const int outputs) {
  const int first = n + linear_f16_wgmma_column();
  const int4 left = (int4)(outputs) - (int4)(first, first + 8, first + 16, first + 24);
  return v & (as_uint4(left > 1) | (as_uint4(left > 0) & 0xffffu));
}
static inline struct linear_f16_wgmma_words linear_f16_wgmma_cut_words(
    const struct linear_f16_wgmma_words v, const int n, const int outputs) {
  const struct linear_f16_wgmma_words words = {linear_f16_wgmma_cut(v.upper, n, outputs),
                                               linear_f16_wgmma_cut(v.lower, n, outputs)};
  return words;
}

// What a warp puts into its part of the staging memory, 16 rows of 64 columns: the 128 bytes of a
// row together, its 16-byte pieces in the order (piece xor row mod 8). That is how F16_TILES has
// them.
#define LINEAR_F16_WARP (16 * LINEAR_F16_CHUNK * 2)  // bytes
static inline int linear_f16_wgmma_warp() {
  return (int)((uint)get_local_id(0) % WGMMA_ITEMS / NVIDIA_WARP);
}
static inline int linear_f16_wgmma_lane() {
  return (int)((uint)get_local_id(0) % NVIDIA_WARP);
}
static inline local char* linear_f16_wgmma_part(local char* staging) {
  return staging + linear_f16_wgmma_warp() * LINEAR_F16_WARP;
}
static inline int linear_f16_wgmma_first_row(const struct wgmma_tile tile, const int group) {
  return tile.m + group * WGMMA_ROWS + 16 * linear_f16_wgmma_warp();
}
// `near`: columns 0 to 31 of the 64, `far`: 32 to 63. After it the warp's lanes see them all.
static inline __attribute__((always_inline)) void linear_f16_wgmma_gather(
    local char* staging, const struct linear_f16_wgmma_words near,
    const struct linear_f16_wgmma_words far) {
  const uint lane = linear_f16_wgmma_lane(), row = lane % 8, piece = lane / 8;
  const uint to = nvidia_local_address(linear_f16_wgmma_part(staging)) + row * 128;
  const uint first = to + (piece ^ row) * 16, second = to + ((piece + 4) ^ row) * 16;
  nvidia_warp_barrier();  // all have read what stands there
  nvidia_store_rows(first, near.upper);
  nvidia_store_rows(second, far.upper);
  nvidia_store_rows(first + 8 * 128, near.lower);
  nvidia_store_rows(second + 8 * 128, far.lower);
  nvidia_warp_barrier();
}
// The lane's pieces: the i-th is the one at place lane mod 8 of row 4 i + lane / 8.
#define LINEAR_F16_PIECES 4
static inline __attribute__((always_inline)) void linear_f16_wgmma_pieces(local const char* staging,
                                                                          uint4* pieces) {
  local const char* const from =
      staging + linear_f16_wgmma_warp() * LINEAR_F16_WARP + linear_f16_wgmma_lane() * 16;
#pragma unroll
  for (int i = 0; i < LINEAR_F16_PIECES; ++i)
    pieces[i] = *(local const uint4*)(from + i * NVIDIA_WARP * 16);
}
static inline int linear_f16_wgmma_piece_row(const int i) {
  return 4 * i + linear_f16_wgmma_lane() / 8;
}
static inline int linear_f16_wgmma_piece_column(const int i) {
  return (linear_f16_wgmma_lane() ^ linear_f16_wgmma_piece_row(i)) % 8 * 8;
}

// One row's piece of eight columns from n on, to row-major y.
static inline void linear_f16_wgmma_store(const uint4 piece, global ushort* y, const int m,
                                          const int n, const struct linear_f16_n16f25_args* a) {
  const int left = a->outputs - n;
  if (m >= a->rows || left <= 0) return;
  global ushort* const to = y + (size_t)m * a->y.stride + n;
  if (left >= 8 && a->y.stride % 8 == 0) {
    *(global uint4*)to = piece;
    return;
  }
  const uint words[4] = {piece.x, piece.y, piece.z, piece.w};
#pragma unroll
  for (int i = 0; i < 8; ++i)
    if (i < left) to[i] = (ushort)(words[i / 2] >> (i % 2 * 16));
}
// The 16 rows from m on of the 64 columns from n on that the warp has gathered, to y in either
// layout. Rows past the last exist in F16_TILES up to a whole tile.
static inline __attribute__((always_inline)) void linear_f16_wgmma_send(
    local const char* staging, global ushort* y, const int m, const int n,
    const struct linear_f16_n16f25_args* a) {
  const int stride = a->y.stride;
  uint4 pieces[LINEAR_F16_PIECES];
  linear_f16_wgmma_pieces(staging, pieces);
  if (a->y.layout == F16_TILES) {
    if (n >= stride) return;
    global uint4* const to =
        (global uint4*)(y + F16_INDEX(F16_TILES, m, n, stride)) + linear_f16_wgmma_lane();
#pragma unroll
    for (int i = 0; i < LINEAR_F16_PIECES; ++i) to[i * NVIDIA_WARP] = pieces[i];
    return;
  }
  const bool whole = m + 16 <= a->rows && n + LINEAR_F16_CHUNK <= a->outputs && stride % 8 == 0;
#pragma unroll
  for (int i = 0; i < LINEAR_F16_PIECES; ++i) {
    const int row = m + linear_f16_wgmma_piece_row(i), at = n + linear_f16_wgmma_piece_column(i);
    if (whole)
      *(global uint4*)(y + (size_t)row * stride + at) = pieces[i];
    else
      linear_f16_wgmma_store(pieces[i], y, row, at, a);
  }
}
// A chunk of f16 outputs, columns 8 j .. 8 j + 63 of a tile, from the sums to y.
static inline __attribute__((always_inline)) void linear_f16_wgmma_leave(
    const float* sums, const int j, const int form, const struct wgmma_tile tile, const int group,
    local char* staging, local const float2* biases, global ushort* y,
    const struct linear_f16_n16f25_args* a) {
  const int m = tile.m + wgmma_row(group), n = tile.n + 8 * j;
  struct linear_f16_wgmma_words near = linear_f16_wgmma_outputs(sums, j, form, m, tile.n, biases);
  struct linear_f16_wgmma_words far =
      linear_f16_wgmma_outputs(sums, j + 4, form, m, tile.n, biases);
  if (n + LINEAR_F16_CHUNK > a->outputs) {
    near = linear_f16_wgmma_cut_words(near, n, a->outputs);
    far = linear_f16_wgmma_cut_words(far, n + LINEAR_F16_CHUNK / 2, a->outputs);
  }
  linear_f16_wgmma_gather(staging, near, far);
  linear_f16_wgmma_send(staging, y, linear_f16_wgmma_first_row(tile, group), n, a);
}
