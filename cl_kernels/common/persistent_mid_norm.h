// Norms of persistent.wgmma_mid.cl, a consumer group a row: a step of its own behind the product
// whose float result it reads. Item i of a group holds elements 8 i to 8 i + 7 of a row of at most
// MID_NORM_LIMIT, a multiple of 8. Code that runs once a step is not in the unit's cache: what
// counts is how many instructions a row takes, and a warp that held it all would take four times as
// many. Where x comes in parts (abi/persistent.h) these are two.
#pragma once

#include "common/layer_norm_f16_warp.h"
#include "common/linear_wgmma_norm.h"  // wgmma_norm_each
#include "common/nvidia_scale.h"
#include "common/persistent_meeting.h"
#include "common/persistent_mid.h"

#define MID_NORM_LIMIT ROW_WARP_NARROW
#define MID_NORM_BLOCKS (MID_NORM_LIMIT / MOMENTS_BLOCK)
typedef char mid_norm_fits[8 * WGMMA_ITEMS == MID_NORM_LIMIT ? 1 : -1];

// Where the warps of a group meet: sums of a row's blocks, sums of their squares, and the largest
// magnitudes.
struct mid_norm_row {
  float sums[MID_NORM_BLOCKS], squares[MID_NORM_BLOCKS];
  uint largest[WGMMA_ITEMS / NVIDIA_WARP];
};
// Of two rows in turn: what is written again has been read before the other row's barriers.
struct mid_norm_memory {
  struct mid_norm_row rows[2] __attribute__((aligned(16)));
};

// What an item knows before x is there. `k`: its first element.
struct mid_norm_item {
  float8 gamma, beta;
  float of_block, of_row;  // 1 / elements of the item's block, and of the row
  int k;
};
static inline __attribute__((always_inline)) struct mid_norm_item mid_norm_begin(
    local const struct step* step, const struct persistent_norm_args a) {
  struct mid_norm_item item;
  item.k = 8 * (int)((uint)wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS);
  const bool has = item.k < a.cols;
  const int at = has ? item.k : 0;
  item.gamma = row_warp_load(STEP_AT(const float, STEP_NORM_GAMMA) + at);
  item.beta = row_warp_load(STEP_AT(const float, STEP_NORM_BETA) + at);
  item.of_block = wgmma_norm_each(max(zcl_block_count(item.k / MOMENTS_BLOCK, a.cols), 1));
  item.of_row = wgmma_norm_each(a.cols);
  return item;
}

// The item's part of row m of the residual; zeros where there is none.
static inline uint4 mid_norm_residual(const struct mid_norm_item item,
                                      local const struct step* step, const int m, const int cols) {
  global const ushort* const residual = STEP_AT(const ushort, STEP_NORM_RESIDUAL);
  if (!residual || item.k >= cols) return (uint4)(0);
  return *(global const uint4*)(residual + (size_t)m * cols + item.k);
}
// What an item knows of the product that x comes from in parts, before these are there: scales and
// bias of its outputs.
struct mid_norm_product {
  float8 scales, bias;
};
static inline __attribute__((always_inline)) struct mid_norm_product mid_norm_product_of(
    const struct mid_norm_item item, local const struct step* step,
    const struct persistent_norm_args a) {
  struct mid_norm_product product = {0.0f, 0.0f};
  if (a.splits == 0 || item.k >= a.cols) return product;
  product.scales = row_warp_load(STEP_AT(const float, STEP_SUM_BUFFERS + 2) + item.k);
  if (a.has_bias) product.bias = row_warp_load(STEP_AT(const float, STEP_SUM_BUFFERS + 3) + item.k);
  return product;
}
static inline int8 mid_norm_eight(global const int* at) {
  return (int8)(*(global const int4*)at, *(global const int4*)(at + 4));
}
// Linear_w8a8's outputs of row m (NUMERICS.md 3.5) from the sums of both halves of its inputs; they
// are written, too.
static inline __attribute__((always_inline)) float8 mid_norm_sum(
    const struct mid_norm_item item, const struct mid_norm_product product,
    local const struct step* step, const int m, const struct persistent_norm_args a) {
  const size_t at = (size_t)m * a.cols + item.k;
  global const int* const parts = STEP_AT(const int, STEP_SUM_BUFFERS) + at;
  const int8 sum = mid_norm_eight(parts) + mid_norm_eight(parts + (size_t)a.rows * a.cols);
  const float scale = ZCL_SCALE(STEP_AT(const float, STEP_SUM_BUFFERS + 1)[m]);
  const struct wgmma_pair low = {product.scales.lo, product.bias.lo},
                          high = {product.scales.hi, product.bias.hi};
  const float8 x = (float8)(wgmma_scaled(sum.lo, scale, low), wgmma_scaled(sum.hi, scale, high));
  row_warp_store(x, STEP_AT(float, STEP_NORM_X) + at);
  return x;
}
// The item's part of row m of x; zeros where there is none.
static inline __attribute__((always_inline)) float8 mid_norm_x(
    const struct mid_norm_item item, const struct mid_norm_product product,
    local const struct step* step, const int m, const struct persistent_norm_args a) {
  if (m >= a.rows || item.k >= a.cols) return (float8)(0.0f);
  if (a.splits != 0) return mid_norm_sum(item, product, step, m, a);
  return row_warp_load(STEP_AT(const float, STEP_NORM_X) + (size_t)m * a.cols + item.k);
}
// What the norm is of.
static inline float8 mid_norm_h(const float8 x, const uint4 added, local const struct step* step) {
  if (!STEP_AT(const ushort, STEP_NORM_RESIDUAL)) return x;
  return layer_norm_f16_warp_floats(layer_norm_f16_warp_halves(x)) +
         layer_norm_f16_warp_floats(added);
}

// Mean and rstd of the row of which the item holds h (moments64, NUMERICS.md 1.12).
static inline __attribute__((always_inline)) float2 mid_norm_statistics(
    const float8 h, const struct mid_norm_item item, local struct mid_norm_row* shared,
    const struct persistent_norm_args a) {
  const float own = layer_norm_f16_warp_block_sum(h);
  const float8 d = item.k < a.cols ? h - own * item.of_block : (float8)(0.0f);
  const float own_squares = layer_norm_f16_warp_block_squares(d);
  if (item.k % MOMENTS_BLOCK == 0) {
    shared->sums[item.k / MOMENTS_BLOCK] = own;
    shared->squares[item.k / MOMENTS_BLOCK] = own_squares;
  }
  wgmma_group_sync();
  const int whole = a.cols / MOMENTS_BLOCK, rest = a.cols % MOMENTS_BLOCK;
  float sum = 0.0f, within = 0.0f, between = 0.0f;
  // Blocks that are none are zeros.
#pragma unroll
  for (int i = 0; i < MID_NORM_BLOCKS; ++i) {
    sum = sum + shared->sums[ZCL_ORDER(i, MID_NORM_BLOCKS)];
    within = within + shared->squares[ZCL_ORDER(i, MID_NORM_BLOCKS)];
  }
  const float mean = sum * item.of_row;
#pragma unroll
  for (int i = 0; i < MID_NORM_BLOCKS; ++i) {
    const int b = ZCL_ORDER(i, MID_NORM_BLOCKS);
    const float next =
        zcl_between(between, shared->sums[b] * (1.0f / MOMENTS_BLOCK), mean, MOMENTS_BLOCK);
    between = b < whole ? next : between;
  }
  if (rest != 0)
    between = zcl_between(between, shared->sums[whole] * wgmma_norm_each(rest), mean, rest);
  return (float2)(mean, zcl_rsqrt((within + between) * item.of_row + a.eps));
}

// Row m, of which the item holds h.
static inline __attribute__((always_inline)) void mid_norm_row_of(
    const float8 h, const struct mid_norm_item item, local struct mid_norm_row* shared,
    local const struct step* step, const int m, const struct persistent_norm_args a) {
  const bool has = item.k < a.cols;
  const size_t at = (size_t)m * a.cols + item.k;
  const int warp = (int)((uint)get_local_id(0) % WGMMA_ITEMS) / NVIDIA_WARP;
  const float2 statistics = mid_norm_statistics(h, item, shared, a);
  const float8 v =
      has ? fma((h - statistics.x) * statistics.y, item.gamma, item.beta) : (float8)(0.0f);
  if (has && STEP_AT(float, STEP_NORM_Y)) row_warp_store(v, STEP_AT(float, STEP_NORM_Y) + at);
  if (has && STEP_AT(ushort, STEP_NORM_Y16))
    *(global uint4*)(STEP_AT(ushort, STEP_NORM_Y16) + at) = layer_norm_f16_warp_halves(v);
  if (!STEP_AT(char, STEP_NORM_CODES)) return;
  const uint own = nvidia_warp_max(zcl_max_8(zcl_abs_bits_8(v)));
  if ((int)get_local_id(0) % NVIDIA_WARP == 0) shared->largest[warp] = own;
  wgmma_group_sync();
  const uint4 all = *(local const uint4*)shared->largest;
  float r, scale;
  nvidia_quant_scale(max(max(all.x, all.y), max(all.z, all.w)), &r, &scale);
  if (item.k == 0) STEP_AT(float, STEP_NORM_SCALES)[m] = scale;
  if (item.k < a.out.stride)
    row_warp_store_codes(ZCL_ELEMENT_I_8(zcl_quant_code_8(v, r), at),
                         STEP_AT(char, STEP_NORM_CODES), m, item.k, a.out);
}
