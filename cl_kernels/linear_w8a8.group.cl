// Operator: linear_w8a8 (NUMERICS.md 3.5), variants for GPUs
// What:     as linear_w8a8.cl. Products run in float32 lanes, the fastest multiply-add of portable
//           OpenCL C on GPUs, and are exact: 127 * 127 * 1024 < 2^24
// Buffers:  x char [M, CODES_STRIDE(K)] (CODES_I8), x scales float [M, x_groups];
//           w char, packed in family "rows", w scales float [N, w_groups];
//           bias float [N] or null; y float [M, y_stride]
// Args:     struct linear_w8a8_args
// Launch:   linear_w8a8_group: local 256, global (256 * ceil(N / 128), ceil(M / 128)): a work-group
//           computes 128 x 128 outputs, 32 KiB of local memory.
//           linear_w8a8_group_few: local 128, global (128 * ceil(N / 16), ceil(M / 8)): for few
//           rows, reads each weight once, bound by memory
// Variants: the CPU shape is linear_w8a8.cl
// Source:   tiling through local memory with register blocks (Volkov, Demmel 2008; MAGMA)
// Not here: the tensor cores of one vendor
#include "abi/layouts.h"
#include "abi/linear_w8a8.h"
#include "common/inject.h"

#pragma OPENCL FP_CONTRACT OFF

#define TILE LINEAR_W8A8_GROUP_TILE
#define SIZE LINEAR_W8A8_GROUP_SIZE
#define STEP 16            // inputs of a tile in local memory: one 16-byte load of a row
#define EXACT_INPUTS 1024  // inputs whose products sum exactly in float32
#define EXACT_STEPS (EXACT_INPUTS / STEP)

// Four codes of a word as floats. A byte ored into 0x4b000000, which is 2^23, gives 2^23 + byte, so
// a subtraction converts: most GPUs do that at full speed, but conversions several times slower.
static inline float4 linear_w8a8_group_floats(const uint word) {
  const uint biased = word ^ 0x80808080u;  // code + 128, unsigned
  const uint4 bytes = (uint4)(biased, biased >> 8, biased >> 16, biased >> 24) & 0xffu;
  return as_float4(bytes | 0x4b000000u) - 8388736.0f;
}

// Spreads 16 codes of a row over local memory: one input a line of TILE floats.
static inline void linear_w8a8_group_spread(const uint4 codes, local float* column) {
  const float4 a = linear_w8a8_group_floats(codes.x);
  const float4 b = linear_w8a8_group_floats(codes.y);
  const float4 c = linear_w8a8_group_floats(codes.z);
  const float4 d = linear_w8a8_group_floats(codes.w);
  const float lane[STEP] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w,
                            c.x, c.y, c.z, c.w, d.x, d.y, d.z, d.w};
#pragma unroll
  for (int k = 0; k < STEP; ++k) column[k * TILE] = lane[k];
}

// acc += one input of the tile: rows {0, 64} + tm + 0..3, outputs {0, 64} + tn + 0..3.
static inline void linear_w8a8_group_step(local const float* xt, local const float* wt,
                                          const int tm, const int tn, float4 (*acc)[2]) {
  const float4 a = *(local const float4*)(xt + tm);
  const float4 b = *(local const float4*)(xt + tm + 64);
  const float4 near = *(local const float4*)(wt + tn);
  const float4 far = *(local const float4*)(wt + tn + 64);
  const float row[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
#pragma unroll
  for (int r = 0; r < 8; ++r) {
    acc[r][0] = fma((float4)(row[r]), near, acc[r][0]);
    acc[r][1] = fma((float4)(row[r]), far, acc[r][1]);
  }
}

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

// A work-item computes rows {0, 64} + 4 * (id / 16) + 0..3 and outputs {0, 64} + 4 * (id % 16) +
// 0..3 of the tile, so that its reads of local memory are 16 bytes and free of bank conflicts.
kernel __attribute__((reqd_work_group_size(SIZE, 1, 1))) void linear_w8a8_group(
    global const uint4* x, global const float* xs, global const uint4* w, global const float* ws,
    global const float* bias, global float* y, const struct linear_w8a8_args args) {
  // Aligned for the 16-byte reads: an array of floats need not be, and on NVIDIA a read would
  // fault.
  local float tiles[2][2][STEP * TILE] __attribute__((aligned(16)));  // [in turn][x, w][input, row]
  const int id = (int)get_local_id(0);
  const int m0 = (int)get_group_id(1) * TILE;
  const int n0 = (int)get_group_id(0) * TILE;
  const int tm = id / 16 * 4;
  const int tn = id % 16 * 4;
  const int stride = CODES_STRIDE(args.inputs) / 16;
  const int steps = (args.inputs + STEP - 1) / STEP;

  // The first half of the work-items brings rows of x, the second rows of w; rows past the last are
  // copies of it.
  const int side = id / TILE;
  const int line = id % TILE;
  global const uint4* source = side == 0 ? x + (size_t)min(m0 + line, args.rows - 1) * stride
                                         : w + (size_t)min(n0 + line, args.outputs - 1) * stride;
  float4 acc[8][2];
  int4 total[8][2];
#pragma unroll
  for (int r = 0; r < 8; ++r) {
    acc[r][0] = acc[r][1] = 0.0f;
    total[r][0] = total[r][1] = 0;
  }
  int group = 0;
  int group_end = linear_w8a8_group_length(0, steps, &args);
  int cut = min(EXACT_STEPS, group_end);  // where the float sums are emptied into integers
  linear_w8a8_group_spread(source[ZCL_ORDER(0, steps)], &tiles[0][side][line]);
  for (int step = 0; step < steps; ++step) {
    barrier(CLK_LOCAL_MEM_FENCE);  // two tiles in turn: one barrier a step is enough
    uint4 next = 0;
    if (step + 1 < steps) next = source[ZCL_ORDER(step + 1, steps)];
    local const float* xt = tiles[step % 2][0];
    local const float* wt = tiles[step % 2][1];
#pragma unroll
    for (int k = 0; k < STEP; ++k)
      linear_w8a8_group_step(xt + k * TILE, wt + k * TILE, tm, tn, acc);
    if (step + 1 < steps) linear_w8a8_group_spread(next, &tiles[(step + 1) % 2][side][line]);

    const int done = step + 1;
    if (done < cut) continue;
#pragma unroll
    for (int r = 0; r < 8; ++r)
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        total[r][h] += convert_int4(acc[r][h]);
        acc[r][h] = 0.0f;
      }
    if (done == group_end) {
#pragma unroll
      for (int r = 0; r < 8; ++r)
#pragma unroll
        for (int h = 0; h < 2; ++h) {
          linear_w8a8_group_add(total[r][h], group, m0 + tm + r % 4 + r / 4 * 64, n0 + tn + h * 64,
                                xs, ws, bias, y, &args);
          total[r][h] = 0;
        }
      ++group;
      group_end += linear_w8a8_group_length(group, steps, &args);
    }
    cut = min(cut + EXACT_STEPS, group_end);
  }
}

#define FEW_ROWS LINEAR_W8A8_GROUP_FEW_ROWS
#define FEW_OUTPUTS LINEAR_W8A8_GROUP_FEW_OUTPUTS
#define FEW_SIZE LINEAR_W8A8_GROUP_FEW_SIZE
#define LANES 32        // work-items along the inputs
#define LANE_OUTPUTS 4  // outputs of a work-item
#define PIECE 16        // inputs of a 16-byte load
#define EXACT_PIECES (EXACT_INPUTS / PIECE)
#define READ 8  // partial sums that are read at once

// acc[m][o] += products of one piece of 16 inputs: rows m of x, outputs o of w.
static inline void linear_w8a8_group_few_products(global const uint4* x, const int rows,
                                                  const size_t stride, const uint4* weights,
                                                  float (*acc)[LANE_OUTPUTS]) {
  uint4 codes[FEW_ROWS];
#pragma unroll
  for (int m = 0; m < FEW_ROWS; ++m) codes[m] = m < rows ? x[m * stride] : (uint4)(0);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    float4 factor[LANE_OUTPUTS];
#pragma unroll
    for (int o = 0; o < LANE_OUTPUTS; ++o) {
      const uint word[4] = {weights[o].x, weights[o].y, weights[o].z, weights[o].w};
      factor[o] = linear_w8a8_group_floats(word[i]);
    }
#pragma unroll
    for (int m = 0; m < FEW_ROWS; ++m) {
      if (m >= rows) continue;  // the same for the whole work-group
      const uint word[4] = {codes[m].x, codes[m].y, codes[m].z, codes[m].w};
      const float4 row = linear_w8a8_group_floats(word[i]);
#pragma unroll
      for (int o = 0; o < LANE_OUTPUTS; ++o) {
        float sum = acc[m][o];
        sum = fma(row.x, factor[o].x, sum);
        sum = fma(row.y, factor[o].y, sum);
        sum = fma(row.z, factor[o].z, sum);
        acc[m][o] = fma(row.w, factor[o].w, sum);
      }
    }
  }
}

// 32 work-items walk the inputs of 4 outputs together, 16 bytes each, so that a weight's row is
// read in runs of 512 bytes. Their integer sums meet in local memory, where work-item (m, o) adds
// them in the order of the inputs and applies the scales wherever a group ends.
kernel __attribute__((reqd_work_group_size(FEW_SIZE, 1, 1))) void linear_w8a8_group_few(
    global const uint4* x, global const float* xs, global const uint4* w, global const float* ws,
    global const float* bias, global float* y, const struct linear_w8a8_args args) {
  local int parts[FEW_ROWS * FEW_OUTPUTS][LANES + 1];  // + 1: no bank conflicts while adding
  const int id = (int)get_local_id(0);
  const int lane = id % LANES;
  const int outputs = id / LANES * LANE_OUTPUTS;  // first output of this work-item in the group's
  const int m0 = (int)get_group_id(1) * FEW_ROWS;
  const int n0 = (int)get_group_id(0) * FEW_OUTPUTS;
  const int rows = min(FEW_ROWS, args.rows - m0);
  const size_t stride = CODES_STRIDE(args.inputs) / PIECE;
  const int pieces = (args.inputs + PIECE - 1) / PIECE;
  x += m0 * stride;
  global const uint4* weights[LANE_OUTPUTS];
#pragma unroll
  for (int o = 0; o < LANE_OUTPUTS; ++o)
    weights[o] = w + min(n0 + outputs + o, args.outputs - 1) * stride;

  // What work-item (m, o) = (id / 16, id % 16) carries from one group to the next.
  const int m = m0 + id / FEW_OUTPUTS;
  const int n = n0 + id % FEW_OUTPUTS;
  const bool mine = m < args.rows && n < args.outputs;
  int group = 0, total = 0;
  int left = linear_w8a8_group_length(0, pieces, &args);  // pieces until the group ends
  float sum = mine && args.has_bias ? bias[n] : 0.0f;

  float acc[FEW_ROWS][LANE_OUTPUTS];
  int part[FEW_ROWS][LANE_OUTPUTS];
#pragma unroll
  for (int r = 0; r < FEW_ROWS; ++r)
#pragma unroll
    for (int o = 0; o < LANE_OUTPUTS; ++o) acc[r][o] = 0.0f, part[r][o] = 0;

  int turns = 0;  // pieces that acc holds
  for (int base = 0; base < pieces; base += LANES) {
    if (base + lane < pieces) {
      const int piece = ZCL_ORDER(base + lane, pieces);
      uint4 loaded[LANE_OUTPUTS];
#pragma unroll
      for (int o = 0; o < LANE_OUTPUTS; ++o) loaded[o] = weights[o][piece];
      linear_w8a8_group_few_products(x + piece, rows, stride, loaded, acc);
    }
    const bool last = base + LANES >= pieces;
    const bool meet = args.groups > 1 || last;
    if (++turns < EXACT_PIECES && !meet) continue;
    turns = 0;
#pragma unroll
    for (int r = 0; r < FEW_ROWS; ++r)
#pragma unroll
      for (int o = 0; o < LANE_OUTPUTS; ++o) part[r][o] += (int)acc[r][o], acc[r][o] = 0.0f;
    if (!meet) continue;

    barrier(CLK_LOCAL_MEM_FENCE);  // the sums of the turn before have been read
#pragma unroll
    for (int r = 0; r < FEW_ROWS; ++r)
#pragma unroll
      for (int o = 0; o < LANE_OUTPUTS; ++o) {
        if (r < rows) parts[r * FEW_OUTPUTS + outputs + o][lane] = part[r][o];
        part[r][o] = 0;
      }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (!mine) continue;
    for (int first = 0; first < LANES; first += READ) {
      int read[READ];  // lanes past the last piece hold 0
#pragma unroll
      for (int i = 0; i < READ; ++i) read[i] = parts[id][first + i];
#pragma unroll
      for (int i = 0; i < READ; ++i) {
        total += read[i];
        const bool end =
            args.groups > 1 ? base + first + i < pieces && --left == 0 : first + i == LANES - 1;
        if (!end) continue;
        const int j = ZCL_ORDER(group, args.groups);
        const float row_scale = ZCL_SCALE(xs[(size_t)m * args.x_groups + j / args.x_span]);
        const float scale = ws[(size_t)n * args.w_groups + j / args.w_span];
        sum = fma((float)total * row_scale, scale, sum);
        total = 0, ++group;
        left = linear_w8a8_group_length(group, pieces, &args);
      }
    }
  }
  if (mine) y[(size_t)m * args.y_stride + n] = ZCL_ELEMENT_F(sum, (size_t)m * args.outputs + n);
}
