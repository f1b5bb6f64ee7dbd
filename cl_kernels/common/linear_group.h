// What linear_w8a8.group.cl and linear_w8a8.dp4a.cl share, the GPU shapes that read plain rows: all
// but the products themselves. Groups along K are multiples of 16, and 16 codes, a 16-byte load of
// a row, are what both walk by.
#pragma once

#include "abi/linear_w8a8.h"
#include "common/inject.h"

// source[(n + c) * stride], c = 0 .. 3; the last output's value past the last.
static inline float4 linear_w8a8_group_load4(global const float* source, const int n,
                                             const int stride, const int outputs) {
  const int last = outputs - 1;
  return (float4)(source[(size_t)min(n, last) * stride], source[(size_t)min(n + 1, last) * stride],
                  source[(size_t)min(n + 2, last) * stride],
                  source[(size_t)min(n + 3, last) * stride]);
}

// Runs of 16 inputs in the group that is summed as number i; `all` of a row. A single group may end
// inside a run: what lies behind it holds code 0.
static inline int linear_w8a8_group_length(const int i, const int all,
                                           const struct linear_w8a8_args* a) {
  const int length = (a->group + 15) / 16;
  return min(length, all - ZCL_ORDER(i, a->groups) * length);
}

// y[m, n .. n + 3] of the group summed as number i: adds the group's integer sums to the bias or to
// what the earlier groups left in y. Groups are long, so going through memory between them costs
// little, and saves the registers that another 8 x 8 sums would take.
static inline void linear_w8a8_group_add(const int4 total, const int i, const int m, const int n,
                                         global const float* xs, global const float* ws,
                                         global const float* bias, global float* y,
                                         const struct linear_w8a8_args* a) {
  if (m >= a->rows || n >= a->outputs) return;
  y += (size_t)m * a->y_stride + n;
  const int count = min(4, a->outputs - n);
  const bool whole = count == 4 && a->y_stride % 4 == 0;  // then y is aligned to 16 bytes
  float4 sum = 0.0f;
  const int j = ZCL_ORDER(i, a->groups);
  if (i > 0)
    sum = whole ? *(global const float4*)y : linear_w8a8_group_load4(y, 0, 1, count);
  else if (a->has_bias)
    sum = linear_w8a8_group_load4(bias, n, 1, a->outputs);
  const float row_scale = ZCL_SCALE(xs[(size_t)m * a->x_groups + j / a->x_span]);
  const float4 scale = linear_w8a8_group_load4(ws + j / a->w_span, n, a->w_groups, a->outputs);
  sum = fma(convert_float4(total) * row_scale, scale, sum);
  if (i == a->groups - 1)
    sum.x = ZCL_ELEMENT_F(sum.x, (size_t)m * a->outputs + n);  // n is a multiple of 4
  if (whole) {
    *(global float4*)y = sum;
    return;
  }
  y[0] = sum.x;
  if (count > 1) y[1] = sum.y;
  if (count > 2) y[2] = sum.z;
  if (count > 3) y[3] = sum.w;
}

// --- few rows -----------------------------------------------------------------------------------
// 32 work-items walk the inputs of 4 outputs together, 16 bytes each, so that a weight's row is
// read in runs of 512 bytes. Their integer sums meet in local memory, where work-item (m, o) adds
// them in the order of the inputs and applies the scales wherever a group ends.
#define LINEAR_FEW_ROWS LINEAR_W8A8_GROUP_FEW_ROWS
#define LINEAR_FEW_OUTPUTS LINEAR_W8A8_GROUP_FEW_OUTPUTS
#define LINEAR_FEW_LANES 32        // work-items along the inputs
#define LINEAR_FEW_LANE_OUTPUTS 4  // outputs of a work-item
#define LINEAR_FEW_PIECE 16        // inputs of a 16-byte load
#define LINEAR_FEW_READ 8          // partial sums that are read at once
// Local memory for the meeting, [SUMS][PARTS]; + 1: no bank conflicts while adding.
#define LINEAR_FEW_SUMS (LINEAR_FEW_ROWS * LINEAR_FEW_OUTPUTS)
#define LINEAR_FEW_PARTS (LINEAR_FEW_LANES + 1)

// A work-item's share of 8 rows by 16 outputs.
struct linear_w8a8_few {
  int rows, pieces;  // rows of x that exist; pieces of 16 inputs of a row
  int lane, output;  // its place along the inputs; its first output of the 16
  int m, n;          // the output that it adds up; `mine`: there is one
  bool mine;
  int group, left;  // in the sum, and the pieces until it ends
  int total;
  float sum;
};
static inline struct linear_w8a8_few linear_w8a8_few_begin(const int m0, const int n0,
                                                           global const float* bias,
                                                           const struct linear_w8a8_args* a) {
  const int id = (int)get_local_id(0);
  struct linear_w8a8_few few;
  few.rows = min(LINEAR_FEW_ROWS, a->rows - m0);
  few.pieces = (a->inputs + LINEAR_FEW_PIECE - 1) / LINEAR_FEW_PIECE;
  few.lane = id % LINEAR_FEW_LANES;
  few.output = id / LINEAR_FEW_LANES * LINEAR_FEW_LANE_OUTPUTS;
  few.m = m0 + id / LINEAR_FEW_OUTPUTS;
  few.n = n0 + id % LINEAR_FEW_OUTPUTS;
  few.mine = few.m < a->rows && few.n < a->outputs;
  few.group = few.total = 0;
  few.left = linear_w8a8_group_length(0, few.pieces, a);
  few.sum = few.mine && a->has_bias ? bias[few.n] : 0.0f;
  return few;
}

// The sums of the pieces from `base` on, one a lane, or since the last meeting where there are no
// groups. `part` is emptied. All work-items together.
static inline void linear_w8a8_few_meet(private struct linear_w8a8_few* few, const int base,
                                        int (*part)[LINEAR_FEW_LANE_OUTPUTS],
                                        local int (*parts)[LINEAR_FEW_PARTS],
                                        global const float* xs, global const float* ws,
                                        const struct linear_w8a8_args* a) {
  const int id = (int)get_local_id(0);
  barrier(CLK_LOCAL_MEM_FENCE);  // the sums of the turn before have been read
#pragma unroll
  for (int r = 0; r < LINEAR_FEW_ROWS; ++r)
#pragma unroll
    for (int o = 0; o < LINEAR_FEW_LANE_OUTPUTS; ++o) {
      if (r < few->rows) parts[r * LINEAR_FEW_OUTPUTS + few->output + o][few->lane] = part[r][o];
      part[r][o] = 0;
    }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (!few->mine) return;
  for (int first = 0; first < LINEAR_FEW_LANES; first += LINEAR_FEW_READ) {
    int read[LINEAR_FEW_READ];  // lanes past the last piece hold 0
#pragma unroll
    for (int i = 0; i < LINEAR_FEW_READ; ++i) read[i] = parts[id][first + i];
#pragma unroll
    for (int i = 0; i < LINEAR_FEW_READ; ++i) {
      few->total += read[i];
      const bool end = a->groups > 1 ? base + first + i < few->pieces && --few->left == 0
                                     : first + i == LINEAR_FEW_LANES - 1;
      if (!end) continue;
      const int j = ZCL_ORDER(few->group, a->groups);
      const float row_scale = ZCL_SCALE(xs[(size_t)few->m * a->x_groups + j / a->x_span]);
      const float scale = ws[(size_t)few->n * a->w_groups + j / a->w_span];
      few->sum = fma((float)few->total * row_scale, scale, few->sum);
      few->total = 0, ++few->group;
      few->left = linear_w8a8_group_length(few->group, few->pieces, a);
    }
  }
}

static inline void linear_w8a8_few_store(const struct linear_w8a8_few few, global float* y,
                                         const struct linear_w8a8_args* a) {
  if (few.mine)
    y[(size_t)few.m * a->y_stride + few.n] =
        ZCL_ELEMENT_F(few.sum, (size_t)few.m * a->outputs + few.n);
}
