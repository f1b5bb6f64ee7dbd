// Steps of persistent.wgmma.cl that work by rows (row_wide.h): quantization and norms.
#pragma once

#include "abi/l2_normalize.h"
#include "common/persistent_meeting.h"
#include "common/persistent_parts.h"
#include "common/row_wide.h"

// A work-group a row.
static inline __attribute__((always_inline)) void persistent_quantize(
    local const struct step* step, const struct persistent_meeting meeting, const int pieces,
    local float* shared) {
  const struct quantize_tokens_args a = STEP_STRUCT(quantize_tokens_args);
  int turn = 0;
  persistent_await(meeting);
  for (int m = get_group_id(0); m < a.rows; m += get_num_groups(0)) {
    float held[ROW_WIDE_ALL];
    row_wide_read(held, STEP_AT(const float, 0) + (size_t)m * a.cols, a.cols, pieces);
    row_wide_quantize(held, m, turn, a.cols, pieces, STEP_AT(char, 1), STEP_AT(float, 2), a.out,
                      shared);
    turn = 1 - turn;
  }
}

// Norms of all kinds (abi/persistent.h): what a step lacks is null.
struct persistent_norm {
  global float* x;
  global const ushort* residual;
  global const float* gamma;
  global const float* beta;
  global float* y;
  global ushort* y16;
  global char* codes;
  global float* scales;
  struct persistent_sums sums;  // what x is made of, or nothing
};

// Gamma and beta no step writes; the residual is older than the step before, as a rule.
static inline __attribute__((always_inline)) void persistent_norm_rows(
    const struct persistent_norm n, const struct persistent_norm_args a, const bool old_residual,
    const bool sums, const struct persistent_meeting meeting, const int pieces,
    local float* shared) {
  float held[ROW_WIDE_ALL], gamma[ROW_WIDE_ALL], beta[ROW_WIDE_ALL];
  uint residual[ROW_WIDE_ALL / 2];
  float ws[ROW_WIDE_ALL], bias[ROW_WIDE_ALL];
  const int first = get_group_id(0);
  int turn = 0;
  row_wide_read(gamma, n.gamma, a.cols, pieces);
  row_wide_read(beta, n.beta, a.cols, pieces);
  if (sums) {
    row_wide_read(ws, n.sums.ws, a.cols, pieces);
#pragma unroll
    for (int i = 0; i < ROW_WIDE_ALL; ++i) bias[i] = 0.0f;
    if (n.sums.has_bias) row_wide_read(bias, n.sums.bias, a.cols, pieces);
  }
  if (old_residual && first < a.rows)
    row_wide_read_f16(residual, n.residual + (size_t)first * a.cols, a.cols, pieces);
  persistent_await(meeting);
  for (int m = first; m < a.rows; m += get_num_groups(0)) {
    const size_t at = (size_t)m * a.cols;
    if (!sums) {
      row_wide_read(held, n.x + at, a.cols, pieces);
    } else {
      persistent_sum_row(held, n.sums, ws, bias, m, a.rows, a.cols);
      row_wide_write(held, n.x + at, a.cols, pieces);
    }
    if (n.residual && !(old_residual && m == first))
      row_wide_read_f16(residual, n.residual + at, a.cols, pieces);
    if (n.residual) row_wide_add_f16(held, residual, pieces);
    row_wide_norm(held, turn, gamma, beta, a.cols, a.eps, pieces, shared);
    if (n.y) row_wide_write(held, n.y + at, a.cols, pieces);
    if (n.y16) row_wide_write_f16(held, n.y16 + at, a.cols, pieces);
    if (n.codes) row_wide_quantize(held, m, turn, a.cols, pieces, n.codes, n.scales, a.out, shared);
    turn = 1 - turn;
  }
}

static inline __attribute__((always_inline)) void persistent_norm_step(
    local const struct step* step, const struct persistent_meeting meeting, local float* shared) {
  const struct persistent_norm_args a = STEP_STRUCT(persistent_norm_args);
  const struct persistent_norm n = {
      STEP_AT(float, STEP_NORM_X),
      STEP_AT(const ushort, STEP_NORM_RESIDUAL),
      STEP_AT(const float, STEP_NORM_GAMMA),
      STEP_AT(const float, STEP_NORM_BETA),
      STEP_AT(float, STEP_NORM_Y),
      STEP_AT(ushort, STEP_NORM_Y16),
      STEP_AT(char, STEP_NORM_CODES),
      STEP_AT(float, STEP_NORM_SCALES),
      {STEP_AT(const int, STEP_SUM_BUFFERS), STEP_AT(const float, STEP_SUM_BUFFERS + 1),
       STEP_AT(const float, STEP_SUM_BUFFERS + 2), STEP_AT(const float, STEP_SUM_BUFFERS + 3),
       a.splits, a.has_bias},
  };
  const bool old = step->old_residual != 0;
  if (a.cols <= ROW_WIDE_HALF * ROW_WIDE_ITEMS)
    persistent_norm_rows(n, a, old, a.splits > 0, meeting, ROW_WIDE_HALF, shared);
  else
    persistent_norm_rows(n, a, old, false, meeting, ROW_WIDE_ALL, shared);
}

static inline __attribute__((always_inline)) void persistent_l2_normalize(
    local const struct step* step, const struct persistent_meeting meeting, local float* shared) {
  const struct l2_normalize_args a = STEP_STRUCT(l2_normalize_args);
  int turn = 0;  // as in row_wide_quantize
  persistent_await(meeting);
  for (int m = get_group_id(0); m < a.rows; m += get_num_groups(0)) {
    global const float* const from = STEP_AT(const float, 0) + (size_t)m * a.cols;
    float squares = 0.0f;
    for (int k = get_local_id(0); k < a.cols; k += SUM_LANES)
      squares = ZCL_ADD_SQUARE(squares, from[k]);
    const float norm = sqrt(row_wide_tree(squares, shared + turn * ROW_WIDE_WARPS));
    const float factor = 1.0f / (L2_NORMALIZE_MIN > norm ? L2_NORMALIZE_MIN : norm);
    for (int k = get_local_id(0); k < a.cols; k += SUM_LANES)
      STEP_AT(float, 1)[(size_t)m * a.cols + k] = from[k] * factor;
    turn = 1 - turn;
  }
}
