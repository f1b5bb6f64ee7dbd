// How float results of a tile leave the registers of the products on Hopper's tensor cores.
#pragma once

#include "abi/linear_w8a8.h"
#include "common/linear_wgmma_outputs.h"

// Where an item's outputs of a tile go.
struct linear_w8a8_wgmma_place {
  global float* upper;  // the first output of row m
  global float* lower;  // of row m + 8
  int left;             // outputs from there on, beyond the tile too
  bool fours;           // all of the tile's exist, and four may be stored at once
  bool has_upper, has_lower;
};
static inline struct linear_w8a8_wgmma_place linear_w8a8_wgmma_place_of(
    global float* y, const int m, const int n0, const struct wgmma_shape shape,
    const struct linear_w8a8_args* a) {
  const int n = n0 + wgmma_column();
  global float* const upper = y + (size_t)m * a->y_stride + n;
  const struct linear_w8a8_wgmma_place place = {
      upper,          upper + 8 * (size_t)a->y_stride,
      a->outputs - n, n0 + shape.outputs <= a->outputs && a->y_stride % 4 == 0,
      m < a->rows,    m + 8 < a->rows};
  return place;
}

// Stores outputs 16 i .. 16 i + 3 from there on, of both rows.
static inline __attribute__((always_inline)) void linear_w8a8_wgmma_store(
    const struct linear_w8a8_wgmma_place at, const int i, const float4 top, const float4 bottom) {
  if (at.fours) {
    if (at.has_upper) *(global float4*)(at.upper + 16 * i) = top;
    if (at.has_lower) *(global float4*)(at.lower + 16 * i) = bottom;
    return;
  }
  const float rows[2][4] = {{top.x, top.y, top.z, top.w}, {bottom.x, bottom.y, bottom.z, bottom.w}};
#pragma unroll
  for (int c = 0; c < 4; ++c) {
    if (16 * i + c >= at.left) continue;
    if (at.has_upper) at.upper[16 * i + c] = rows[0][c];
    if (at.has_lower) at.lower[16 * i + c] = rows[1][c];
  }
}

// The output with linear index 0 is the one that verify --inject spoils.
static inline float4 linear_w8a8_wgmma_first(const float4 v, const int m, const int n) {
  return (float4)(ZCL_ELEMENT_F(v.x, m + n), v.yzw);
}
