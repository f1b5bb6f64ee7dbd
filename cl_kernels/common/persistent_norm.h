// Norms of persistent.wgmma.cl, a work-group a row (row_wide.h). Of what a norm may have
// (abi/persistent.h) x may come in parts (persistent_parts.h), whose sums are the product's. What
// no step writes is asked for before the work-groups meet, and what else does not need x is done
// while it is on its way.
#pragma once

#include "common/nvidia_wgmma.h"  // loads
#include "common/persistent_meeting.h"
#include "common/row_wide.h"

// An item's part of a row on its way: x, or its parts, which only rows of one piece have, and the
// scale of the product's row; the residual. Zeros where there is nothing.
struct persistent_norm_row {
  int4 x[PERSISTENT_SPLITS];
  uint2 residual[ROW_WIDE_PIECES];
  float scale;
};
typedef char persistent_norm_one_piece[PERSISTENT_SUM_COLS == ROW_WIDE_PIECE ? 1 : -1];

// What is older than the step before: the residual, as a rule, and the scales, which the product
// before has read, too. Later the row's own work-group may write its results to their places.
static inline __attribute__((always_inline)) void persistent_norm_ask_old(
    struct persistent_norm_row* row, local const struct step* step,
    const struct persistent_norm_args a, const int m, const int k, const int pieces) {
  global const ushort* const residual = STEP_AT(const ushort, STEP_NORM_RESIDUAL);
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
    const int at = ROW_WIDE_AT(k, i);
    if (i < pieces)
      row->residual[i] = nvidia_load_two_early_if(
          (global const uint2*)(residual + (m * a.cols + at)), residual && at < a.cols);
  }
  row->scale = nvidia_load_early_if(STEP_AT(const float, STEP_SUM_BUFFERS + 1) + m,
                                    a.splits > 0 && k < a.cols);
}
// All parts are asked for before any is waited for.
static inline __attribute__((always_inline)) void persistent_norm_ask_x(
    struct persistent_norm_row* row, local const struct step* step,
    const struct persistent_norm_args a, const int m, const int k, const int pieces) {
  global const int* const from =
      STEP_AT(const int, a.splits > 0 ? STEP_SUM_BUFFERS : STEP_NORM_X) + (m * a.cols + k);
  if (pieces > 1) {
#pragma unroll
    for (int i = 0; i < ROW_WIDE_PIECES; ++i)
      row->x[i] = nvidia_load_four_early_if((global const int4*)(from + ROW_WIDE_PIECE * i),
                                            ROW_WIDE_AT(k, i) < a.cols);
    return;
  }
  const int splits = k < a.cols ? max(a.splits, 1) : 0;
  const uint part = (uint)(a.rows * a.cols);
#pragma unroll
  for (uint s = 0; s < PERSISTENT_SPLITS; ++s)
    row->x[s] =
        nvidia_load_four_early_if((global const int4*)(from + (ulong)part * s), (int)s < splits);
}

// What the norm is of (NUMERICS.md 3.29), from x; where that comes in parts it is linear_w8a8's
// result (3.5), which is written, too.
static inline __attribute__((always_inline)) void persistent_norm_h(
    float4* held, const struct persistent_norm_row row, local const struct step* step,
    const struct persistent_norm_args a, const struct wgmma_pair product, const int m, const int k,
    const int pieces) {
#pragma unroll
  for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
    if (i >= pieces) continue;
    held[i] = as_float4(row.x[i]);
    if (pieces == 1 && a.splits > 0) {
      int4 sum = row.x[0];
#pragma unroll
      for (int s = 1; s < PERSISTENT_SPLITS; ++s) sum += row.x[s];
      held[i] = wgmma_scaled(sum, ZCL_SCALE(row.scale), product);
      if (k < a.cols) *(global float4*)(STEP_AT(float, STEP_NORM_X) + (m * a.cols + k)) = held[i];
    }
    if (STEP_AT(const ushort, STEP_NORM_RESIDUAL))
      held[i] = wgmma_norm_add(held[i], row.residual[i]);
  }
}

// A step's arguments, unknown to compilers before this point: else they compute what all rows need
// of them ahead of the first row's loads, and most work-groups have one row.
static inline struct persistent_norm_args persistent_norm_here(struct persistent_norm_args a) {
  a.cols = wgmma_here(a.cols);
  a.splits = wgmma_here(a.splits);
  a.out.stride = wgmma_here(a.out.stride);
  a.out.layout = wgmma_here(a.out.layout);
  return a;
}

// `pieces`: of a row, a constant.
static inline __attribute__((always_inline)) void persistent_norm_rows(
    local const struct step* step, const struct persistent_meeting meeting, const int pieces,
    local struct row_wide_memory* shared) {
  const struct persistent_norm_args args = STEP_STRUCT(persistent_norm_args);
  const int first = row_wide_first();
  struct persistent_norm_row row;
  float4 gamma[ROW_WIDE_PIECES], beta[ROW_WIDE_PIECES], ws = 0.0f, bias = 0.0f;
  row_wide_read(gamma, STEP_AT(const float, STEP_NORM_GAMMA), first, args.cols, pieces);
  row_wide_read(beta, STEP_AT(const float, STEP_NORM_BETA), first, args.cols, pieces);
  if (pieces == 1 && args.splits > 0) {
    row_wide_read(&ws, STEP_AT(const float, STEP_SUM_BUFFERS + 2), first, args.cols, 1);
    if (args.has_bias)
      row_wide_read(&bias, STEP_AT(const float, STEP_SUM_BUFFERS + 3), first, args.cols, 1);
  }
  int m = get_group_id(0), turn = 0;
  bool asked = step->old_residual != 0 && m < args.rows;  // for what is old of row m
  if (asked) persistent_norm_ask_old(&row, step, args, m, first, pieces);
  persistent_await(meeting);
  for (; m < args.rows; m += get_num_groups(0)) {
    const struct persistent_norm_args a = persistent_norm_here(args);
    const int k = row_wide_first(), cols = a.cols;
    float4 held[ROW_WIDE_PIECES];
    size_t places[ROW_WIDE_PIECES];  // of codes
    persistent_norm_ask_x(&row, step, a, m, k, pieces);
    if (!asked) persistent_norm_ask_old(&row, step, a, m, k, pieces);
    const struct row_wide_each each = row_wide_each_of(k, cols, pieces);
    global float* const y = STEP_AT(float, STEP_NORM_Y);
    global ushort* const y16 = STEP_AT(ushort, STEP_NORM_Y16);
    global char* const codes = STEP_AT(char, STEP_NORM_CODES);
    global float* const scales = STEP_AT(float, STEP_NORM_SCALES);
#pragma unroll
    for (int i = 0; i < ROW_WIDE_PIECES; ++i)
      places[i] = row_wide_code_at(m, ROW_WIDE_AT(k, i), a.out);
    const struct wgmma_pair product = {ws, bias};
    persistent_norm_h(held, row, step, a, product, m, k, pieces);
    row_wide_norm(held, gamma, beta, each, k, cols, a.eps, pieces, shared->turns + turn);
#pragma unroll
    for (int i = 0; i < ROW_WIDE_PIECES; ++i) {
      const int at = m * cols + ROW_WIDE_AT(k, i);
      if (i >= pieces || ROW_WIDE_AT(k, i) >= cols) continue;
      if (y) *(global float4*)(y + at) = held[i];
      if (y16)
        *(global uint2*)(y16 + at) =
            (uint2)(nvidia_halves(held[i].x, held[i].y), nvidia_halves(held[i].z, held[i].w));
    }
    if (codes)
      row_wide_quantize(held, m, k, cols, pieces, places, codes, scales, a.out,
                        shared->turns + turn);
    asked = false;
    turn = 1 - turn;
  }
}

static inline __attribute__((always_inline)) void persistent_norm_step(
    local const struct step* step, const struct persistent_meeting meeting,
    local struct row_wide_memory* shared) {
  const struct persistent_norm_args a = STEP_STRUCT(persistent_norm_args);
  if (a.cols <= ROW_WIDE_PIECE)
    persistent_norm_rows(step, meeting, 1, shared);
  else
    persistent_norm_rows(step, meeting, ROW_WIDE_PIECES, shared);
}
