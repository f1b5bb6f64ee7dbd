// Operator: linear_w8a8 (NUMERICS.md 3.5), variant for NVIDIA's GPUs since Pascal
// What:     as linear_w8a8.cl; integer sums by dp4a, four products an instruction, exact in int32
// Buffers:  those of linear_w8a8.group.cl: x char [M, CODES_STRIDE(K)] (CODES_I8), x scales float
//           [M, x_groups]; w char, packed in family "rows", w scales float [N, w_groups];
//           bias float [N] or null; y float [M, y_stride]
// Args:     struct linear_w8a8_args
// Launch:   that of linear_w8a8.group.cl: linear_w8a8_dp4a 128 x 128 outputs a work-group of 256,
//           8 KiB of local memory; linear_w8a8_dp4a_few 8 x 16 outputs a work-group of 128
// Variants: with tensor cores linear_w8a8.mma.cl; the portable GPU shape is linear_w8a8.group.cl
// Source:   PTX ISA, dp4a; tiling as in linear_w8a8.group.cl
// Not here: compute capability below 6.1, which lacks dp4a
#include "abi/layouts.h"
#include "abi/linear_w8a8.h"
#include "common/inject.h"
#include "common/linear_group.h"
#include "common/nvidia_mma.h"

#pragma OPENCL FP_CONTRACT OFF

#define TILE LINEAR_W8A8_GROUP_TILE
#define SIZE LINEAR_W8A8_GROUP_SIZE
#define STEP 16  // inputs of a tile in local memory: one 16-byte load of a row
#define WORDS (STEP / 4)

// Spreads 16 codes of a row over local memory: four inputs a line of TILE words.
static inline void linear_w8a8_dp4a_spread(const uint4 codes, local uint* column) {
  column[0] = codes.x;
  column[TILE] = codes.y;
  column[2 * TILE] = codes.z;
  column[3 * TILE] = codes.w;
}

// acc += four inputs of the tile: rows {0, 64} + tm + 0..3, outputs {0, 64} + tn + 0..3.
static inline void linear_w8a8_dp4a_step(local const uint* xt, local const uint* wt, const int tm,
                                         const int tn, int (*acc)[8]) {
  const uint4 a = *(local const uint4*)(xt + tm);
  const uint4 b = *(local const uint4*)(xt + tm + 64);
  const uint4 near = *(local const uint4*)(wt + tn);
  const uint4 far = *(local const uint4*)(wt + tn + 64);
  const uint row[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
  const uint output[8] = {near.x, near.y, near.z, near.w, far.x, far.y, far.z, far.w};
#pragma unroll
  for (int r = 0; r < 8; ++r)
#pragma unroll
    for (int o = 0; o < 8; ++o) acc[r][o] = nvidia_dot4(row[r], output[o], acc[r][o]);
}

// A work-item computes rows {0, 64} + 4 * (id / 16) + 0..3 and outputs {0, 64} + 4 * (id % 16) +
// 0..3 of the tile, so that its reads of local memory are 16 bytes and free of bank conflicts.
kernel __attribute__((reqd_work_group_size(SIZE, 1, 1))) void linear_w8a8_dp4a(
    global const uint4* restrict x, global const float* restrict xs, global const uint4* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  // Aligned for the 16-byte reads.
  local uint tiles[2][2][WORDS * TILE] __attribute__((aligned(16)));  // [in turn][x, w][word, row]
  const int id = (int)get_local_id(0);
  const int m0 = (int)get_group_id(1) * TILE;
  const int n0 = (int)get_group_id(0) * TILE;
  const int tm = id / 16 * 4;
  const int tn = id % 16 * 4;
  const int stride = CODES_STRIDE(args.inputs) / STEP;
  const int steps = (args.inputs + STEP - 1) / STEP;

  // The first half of the work-items brings rows of x, the second rows of w; rows past the last are
  // copies of it.
  const int side = id / TILE;
  const int line = id % TILE;
  global const uint4* source = side == 0 ? x + (size_t)min(m0 + line, args.rows - 1) * stride
                                         : w + (size_t)min(n0 + line, args.outputs - 1) * stride;
  int acc[8][8];
#pragma unroll
  for (int r = 0; r < 8; ++r)
#pragma unroll
    for (int o = 0; o < 8; ++o) acc[r][o] = 0;
  int group = 0;
  int group_end = linear_w8a8_group_length(0, steps, &args);
  linear_w8a8_dp4a_spread(source[ZCL_ORDER(0, steps)], &tiles[0][side][line]);
  for (int step = 0; step < steps; ++step) {
    barrier(CLK_LOCAL_MEM_FENCE);  // two tiles in turn: one barrier a step is enough
    uint4 next = 0;
    if (step + 1 < steps) next = source[ZCL_ORDER(step + 1, steps)];
    local const uint* xt = tiles[step % 2][0];
    local const uint* wt = tiles[step % 2][1];
#pragma unroll 2  // all four at once would want more registers than two work-groups have
    for (int k = 0; k < WORDS; ++k)
      linear_w8a8_dp4a_step(xt + k * TILE, wt + k * TILE, tm, tn, acc);
    if (step + 1 < steps) linear_w8a8_dp4a_spread(next, &tiles[(step + 1) % 2][side][line]);

    if (step + 1 < group_end) continue;
#pragma unroll
    for (int r = 0; r < 8; ++r)
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        int* sum = acc[r] + 4 * h;
        linear_w8a8_group_add((int4)(sum[0], sum[1], sum[2], sum[3]), group,
                              m0 + tm + r % 4 + r / 4 * 64, n0 + tn + h * 64, xs, ws, bias, y,
                              &args);
        sum[0] = sum[1] = sum[2] = sum[3] = 0;
      }
    ++group;
    group_end += linear_w8a8_group_length(group, steps, &args);
  }
}

#define FEW_ROWS LINEAR_FEW_ROWS
#define FEW_SIZE LINEAR_W8A8_GROUP_FEW_SIZE
#define LANES LINEAR_FEW_LANES
#define LANE_OUTPUTS LINEAR_FEW_LANE_OUTPUTS

// part[m][o] += products of one piece of 16 inputs: rows m of x, outputs o of w.
static inline void linear_w8a8_dp4a_few_products(global const uint4* x, const int rows,
                                                 const size_t stride, const uint4* weights,
                                                 int (*part)[LANE_OUTPUTS]) {
  uint4 codes[FEW_ROWS];
#pragma unroll
  for (int m = 0; m < FEW_ROWS; ++m) codes[m] = m < rows ? x[m * stride] : (uint4)(0);
#pragma unroll
  for (int m = 0; m < FEW_ROWS; ++m) {
    if (m >= rows) continue;  // the same for the whole work-group
#pragma unroll
    for (int o = 0; o < LANE_OUTPUTS; ++o) {
      int sum = part[m][o];
      sum = nvidia_dot4(codes[m].x, weights[o].x, sum);
      sum = nvidia_dot4(codes[m].y, weights[o].y, sum);
      sum = nvidia_dot4(codes[m].z, weights[o].z, sum);
      part[m][o] = nvidia_dot4(codes[m].w, weights[o].w, sum);
    }
  }
}

kernel __attribute__((reqd_work_group_size(FEW_SIZE, 1, 1))) void linear_w8a8_dp4a_few(
    global const uint4* restrict x, global const float* restrict xs, global const uint4* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  local int parts[LINEAR_FEW_SUMS][LINEAR_FEW_PARTS];
  const int m0 = (int)get_group_id(1) * FEW_ROWS;
  const int n0 = (int)get_group_id(0) * LINEAR_FEW_OUTPUTS;
  struct linear_w8a8_few few = linear_w8a8_few_begin(m0, n0, bias, &args);
  const size_t stride = CODES_STRIDE(args.inputs) / LINEAR_FEW_PIECE;
  global const uint4* rows = x + m0 * stride;
  global const uint4* weights[LANE_OUTPUTS];
#pragma unroll
  for (int o = 0; o < LANE_OUTPUTS; ++o)
    weights[o] = w + min(n0 + few.output + o, args.outputs - 1) * stride;
  int part[FEW_ROWS][LANE_OUTPUTS];
#pragma unroll
  for (int r = 0; r < FEW_ROWS; ++r)
#pragma unroll
    for (int o = 0; o < LANE_OUTPUTS; ++o) part[r][o] = 0;
  for (int base = 0; base < few.pieces; base += LANES) {
    if (base + few.lane < few.pieces) {
      const int piece = ZCL_ORDER(base + few.lane, few.pieces);
      uint4 loaded[LANE_OUTPUTS];
#pragma unroll
      for (int o = 0; o < LANE_OUTPUTS; ++o) loaded[o] = weights[o][piece];
      linear_w8a8_dp4a_few_products(rows + piece, few.rows, stride, loaded, part);
    }
    if (args.groups > 1 || base + LANES >= few.pieces)
      linear_w8a8_few_meet(&few, base, part, parts, xs, ws, &args);
  }
  linear_w8a8_few_store(few, y, &args);
}
