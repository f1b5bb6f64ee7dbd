// Steps of persistent.wgmma.cl that work by rows (row_wide.h), but norms: a work-group has a row.
#pragma once

#include "abi/l2_normalize.h"
#include "common/persistent_meeting.h"
#include "common/row_wide.h"

static inline __attribute__((always_inline)) void persistent_quantize(
    local const struct step* step, const struct persistent_meeting meeting,
    local struct row_wide_memory* shared) {
  const struct quantize_tokens_args a = STEP_STRUCT(quantize_tokens_args);
  int turn = 0;
  persistent_await(meeting);
  for (int m = get_group_id(0); m < a.rows; m += get_num_groups(0)) {
    const int k = row_wide_first();
    float4 held[ROW_WIDE_PIECES];
    size_t places[ROW_WIDE_PIECES];  // of codes
#pragma unroll
    for (int i = 0; i < ROW_WIDE_PIECES; ++i)
      places[i] = row_wide_code_at(m, ROW_WIDE_AT(k, i), a.out);
    row_wide_read(held, STEP_AT(const float, 0) + (size_t)m * a.cols, k, a.cols, ROW_WIDE_PIECES);
    row_wide_quantize(held, m, k, a.cols, ROW_WIDE_PIECES, places, STEP_AT(char, 1),
                      STEP_AT(float, 2), a.out, shared->turns + turn);
    turn = 1 - turn;
  }
}

static inline __attribute__((always_inline)) void persistent_l2_normalize(
    local const struct step* step, const struct persistent_meeting meeting,
    local struct row_wide_memory* shared) {
  const struct l2_normalize_args a = STEP_STRUCT(l2_normalize_args);
  int turn = 0;
  persistent_await(meeting);
  for (int m = get_group_id(0); m < a.rows; m += get_num_groups(0)) {
    global const float* const from = STEP_AT(const float, 0) + (size_t)m * a.cols;
    float squares = 0.0f;
    for (int k = get_local_id(0); k < a.cols; k += SUM_LANES)
      squares = ZCL_ADD_SQUARE(squares, from[k]);
    const float norm = sqrt(row_wide_tree(squares, shared->turns + turn));
    const float factor = 1.0f / (L2_NORMALIZE_MIN > norm ? L2_NORMALIZE_MIN : norm);
    for (int k = get_local_id(0); k < a.cols; k += SUM_LANES)
      STEP_AT(float, 1)[(size_t)m * a.cols + k] = from[k] * factor;
    turn = 1 - turn;
  }
}
