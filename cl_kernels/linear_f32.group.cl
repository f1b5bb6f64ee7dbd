// Operator: linear_f32 (NUMERICS.md 3.6), variants for GPUs
// What:     as linear_f32.cl: one ascending fma chain an output, so no inputs are split
// Buffers:  x float [M, x_stride]; w float, packed in family "columns"; bias float [N] or null;
//           y float [M, y_stride]
// Args:     struct linear_f32_args
// Launch:   linear_f32_group: local 256, global (256 * ceil(N / 128), ceil(M / 128)): a work-group
//           computes 128 x 128 outputs, 16.5 KiB of local memory.
//           linear_f32_group_few: local 256, global (256 * ceil(N / 32), ceil(M / 8)): a work-item
//           computes one output, 31 KiB of local memory; for matrices that make too few tiles
// Variants: the CPU shape is linear_f32.cl
// Source:   tiling through local memory with register blocks (Volkov, Demmel 2008; MAGMA)
// Not here: split sums (another operator, linear_f32_fast)
#include "abi/linear_f32.h"
#include "common/inject.h"

#pragma OPENCL FP_CONTRACT OFF

#define TILE LINEAR_F32_GROUP_TILE
#define SIZE LINEAR_F32_GROUP_SIZE
#define STEP 8           // inputs of a tile in local memory
#define LINE (TILE + 4)  // floats between inputs of x there: + 4 keeps the stores free of conflicts

// x[k], 0 past the last input.
static inline float linear_f32_group_input(global const float* row, const int k, const int inputs) {
  return k < inputs ? row[ZCL_ORDER(k, inputs)] : 0.0f;
}

// Four inputs from k on of a row of x, which has any alignment.
static inline float4 linear_f32_group_load_x(global const float* row, const int k,
                                             const int inputs) {
  return (float4)(linear_f32_group_input(row, k, inputs),
                  linear_f32_group_input(row, k + 1, inputs),
                  linear_f32_group_input(row, k + 2, inputs),
                  linear_f32_group_input(row, k + 3, inputs));
}

// Four outputs of input k; 0 past the last input. The padding of a line makes this aligned.
static inline float4 linear_f32_group_load_w(global const float* w, const int k, const int column,
                                             const struct linear_f32_args* args) {
  const size_t stride = LINEAR_F32_COLUMNS_STRIDE(args->outputs);
  if (k >= args->inputs || column >= (int)stride) return 0.0f;
  return *(global const float4*)(w + ZCL_ORDER(k, args->inputs) * stride + column);
}

// acc += one input of the tile: rows {0, 64} + tm + 0..3, outputs {0, 64} + tn + 0..3.
static inline void linear_f32_group_step(local const float* xt, local const float* wt, const int tm,
                                         const int tn, float4 (*acc)[2]) {
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

// bias[n + c], c = 0 .. 3; the last output's value past the last.
static inline float4 linear_f32_group_bias(global const float* bias, const int n,
                                           const struct linear_f32_args* args) {
  if (!args->has_bias) return 0.0f;
  const int last = args->outputs - 1;
  return (float4)(bias[min(n, last)], bias[min(n + 1, last)], bias[min(n + 2, last)],
                  bias[min(n + 3, last)]);
}

// y[m, n .. n + 3], n a multiple of 4.
static inline void linear_f32_group_store(float4 value, const int m, const int n, global float* y,
                                          const struct linear_f32_args* args) {
  if (m >= args->rows || n >= args->outputs) return;
  value.x = ZCL_ELEMENT_F(value.x, (size_t)m * args->outputs + n);
  y += (size_t)m * args->y_stride + n;
  const int count = min(4, args->outputs - n);
  if (count == 4 && args->y_stride % 4 == 0) {
    *(global float4*)y = value;
    return;
  }
  y[0] = value.x;
  if (count > 1) y[1] = value.y;
  if (count > 2) y[2] = value.z;
  if (count > 3) y[3] = value.w;
}

kernel __attribute__((reqd_work_group_size(SIZE, 1, 1))) void linear_f32_group(
    global const float* x, global const float* w, global const float* bias, global float* y,
    const struct linear_f32_args args) {
  // Aligned for the 16-byte accesses: arrays of floats need not be, and NVIDIA would fault.
  local float xt[2][STEP * LINE] __attribute__((aligned(16)));
  local float wt[2][STEP * TILE] __attribute__((aligned(16)));
  const int id = (int)get_local_id(0);
  const int m0 = (int)get_group_id(1) * TILE;
  const int n0 = (int)get_group_id(0) * TILE;
  const int tm = id / 16 * 4;
  const int tn = id % 16 * 4;
  // Work-item `id` brings four inputs of row id / 2 of x, and four outputs of input id / 32 of w.
  const int x_line = id / 2, x_input = id % 2 * 4;
  const int w_input = id / 32, w_column = id % 32 * 4;
  global const float* x_row = x + (size_t)min(m0 + x_line, args.rows - 1) * args.x_stride;

  float4 acc[8][2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const float4 start = linear_f32_group_bias(bias, n0 + tn + h * 64, &args);
#pragma unroll
    for (int r = 0; r < 8; ++r) acc[r][h] = start;
  }
  const int steps = (args.inputs + STEP - 1) / STEP;
  float4 next_x = linear_f32_group_load_x(x_row, x_input, args.inputs);
  float4 next_w = linear_f32_group_load_w(w, w_input, n0 + w_column, &args);
  for (int step = 0; step < steps; ++step) {
    local float* xs = xt[step % 2];
    local float* ws = wt[step % 2];
    xs[(x_input + 0) * LINE + x_line] = next_x.x;
    xs[(x_input + 1) * LINE + x_line] = next_x.y;
    xs[(x_input + 2) * LINE + x_line] = next_x.z;
    xs[(x_input + 3) * LINE + x_line] = next_x.w;
    *(local float4*)(ws + w_input * TILE + w_column) = next_w;
    barrier(CLK_LOCAL_MEM_FENCE);  // two tiles in turn: one barrier a step is enough
    const int k0 = (step + 1) * STEP;
    if (step + 1 < steps) {
      next_x = linear_f32_group_load_x(x_row, k0 + x_input, args.inputs);
      next_w = linear_f32_group_load_w(w, k0 + w_input, n0 + w_column, &args);
    }
    if (k0 <= args.inputs) {
#pragma unroll
      for (int k = 0; k < STEP; ++k)
        linear_f32_group_step(xs + k * LINE, ws + k * TILE, tm, tn, acc);
    } else {  // not even a product with 0 may follow the last input: it could change -0 or NaN
      for (int k = 0; k < args.inputs - step * STEP; ++k)
        linear_f32_group_step(xs + k * LINE, ws + k * TILE, tm, tn, acc);
    }
  }
#pragma unroll
  for (int r = 0; r < 8; ++r)
#pragma unroll
    for (int h = 0; h < 2; ++h)
      linear_f32_group_store(acc[r][h], m0 + tm + r % 4 + r / 4 * 64, n0 + tn + h * 64, y, &args);
}

#define FEW_ROWS LINEAR_F32_GROUP_FEW_ROWS
#define FEW_OUTPUTS LINEAR_F32_GROUP_FEW_OUTPUTS
#define FEW_SIZE LINEAR_F32_GROUP_FEW_SIZE
// Inputs of a turn: as many as 32 KiB of local memory take, since few work-groups wait for memory
// above all, and a turn's inputs are on their way together while the turn before is summed.
#define FEW_STEP 192
#define FEW_WEIGHTS (FEW_STEP * FEW_OUTPUTS / FEW_SIZE / 4)  // fours of a turn that an item brings
#define FEW_INPUTS (FEW_STEP / FEW_OUTPUTS)

// A work-item's part of a turn, in registers: fours of inputs, 4 FEW_ROWS apart, of its output, and
// inputs FEW_OUTPUTS apart of its row.
struct linear_f32_group_few_part {
  float4 w[FEW_WEIGHTS];
  float x[FEW_INPUTS];
};
// + 4: fours of neighbouring outputs lie in different banks.
struct linear_f32_group_few_tile {
  float w[FEW_OUTPUTS][FEW_STEP + 4], x[FEW_ROWS][FEW_STEP];
};

// Of the turn from input k0 on; the last input in place of those past it.
static inline __attribute__((always_inline)) void linear_f32_group_few_load(
    private struct linear_f32_group_few_part* part, global const float* x, global const float* w,
    const int k0, const int row, const int output, const struct linear_f32_args* args) {
  const int inputs = args->inputs, last = inputs - 1;
  const size_t stride = LINEAR_F32_COLUMNS_STRIDE(args->outputs);
  const bool whole = k0 + FEW_STEP <= inputs;  // then addresses are sums, which are cheap
#pragma unroll
  for (int i = 0; i < FEW_WEIGHTS; ++i) {
    float four[4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const int k = k0 + 4 * (row + FEW_ROWS * i) + j;
      four[j] = w[ZCL_ORDER(whole ? k : min(k, last), inputs) * stride];
    }
    part->w[i] = (float4)(four[0], four[1], four[2], four[3]);
  }
#pragma unroll
  for (int i = 0; i < FEW_INPUTS; ++i) {
    const int k = k0 + output + FEW_OUTPUTS * i;
    part->x[i] = x[ZCL_ORDER(whole ? k : min(k, last), inputs)];
  }
}

static inline __attribute__((always_inline)) void linear_f32_group_few_share(
    private const struct linear_f32_group_few_part* part,
    local struct linear_f32_group_few_tile* tile, const int row, const int output) {
#pragma unroll
  for (int i = 0; i < FEW_WEIGHTS; ++i)
    *(local float4*)&tile->w[output][4 * (row + FEW_ROWS * i)] = part->w[i];
#pragma unroll
  for (int i = 0; i < FEW_INPUTS; ++i) tile->x[row][output + FEW_OUTPUTS * i] = part->x[i];
}

// The first `count` inputs of a tile.
static inline __attribute__((always_inline)) float linear_f32_group_few_chain(
    float y, local const struct linear_f32_group_few_tile* tile, const int row, const int output,
    const int count) {
  int k = 0;
#pragma unroll 3
  for (; k + 16 <= count; k += 16) {
#pragma unroll
    for (int i = 0; i < 16; i += 4) {
      const float4 a = *(local const float4*)&tile->x[row][k + i];
      const float4 b = *(local const float4*)&tile->w[output][k + i];
      y = fma(a.x, b.x, y);
      y = fma(a.y, b.y, y);
      y = fma(a.z, b.z, y);
      y = fma(a.w, b.w, y);
    }
  }
  for (; k < count; ++k) y = fma(tile->x[row][k], tile->w[output][k], y);
  return y;
}

// Item `item` of a work-group; the outputs from (m0, n0) on. All items have read the tile at the
// end.
static inline __attribute__((always_inline)) void linear_f32_group_few_run(
    local struct linear_f32_group_few_tile* tile, const int item, const int m0, const int n0,
    global const float* x, global const float* w, global const float* bias, global float* y,
    const struct linear_f32_args args) {
  const int row = item / FEW_OUTPUTS, output = item % FEW_OUTPUTS;
  const int m = m0 + row, n = n0 + output;
  x += (size_t)min(m, args.rows - 1) * args.x_stride;
  w += min(n, args.outputs - 1);

  struct linear_f32_group_few_part next;
  linear_f32_group_few_load(&next, x, w, 0, row, output, &args);
  float sum = args.has_bias ? bias[min(n, args.outputs - 1)] : 0.0f;
  for (int k0 = 0; k0 < args.inputs; k0 += FEW_STEP) {
    linear_f32_group_few_share(&next, tile, row, output);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (k0 + FEW_STEP < args.inputs)
      linear_f32_group_few_load(&next, x, w, k0 + FEW_STEP, row, output, &args);
    if (m < args.rows)
      sum = linear_f32_group_few_chain(sum, tile, row, output, min(FEW_STEP, args.inputs - k0));
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (m < args.rows && n < args.outputs)
    y[(size_t)m * args.y_stride + n] = ZCL_ELEMENT_F(sum, (size_t)m * args.outputs + n);
}

kernel __attribute__((reqd_work_group_size(FEW_SIZE, 1, 1))) void linear_f32_group_few(
    global const float* restrict x, global const float* restrict w,
    global const float* restrict bias, global float* restrict y,
    const struct linear_f32_args args) {
  local struct linear_f32_group_few_tile tile __attribute__((aligned(16)));
  linear_f32_group_few_run(&tile, (int)get_local_id(0), (int)get_group_id(1) * FEW_ROWS,
                           (int)get_group_id(0) * FEW_OUTPUTS, x, w, bias, y, args);
}
