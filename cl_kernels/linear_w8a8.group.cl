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
// Variants: the CPU shape is linear_w8a8.cl; with NVIDIA's dp4a linear_w8a8.dp4a.cl
// Source:   tiling through local memory with register blocks (Volkov, Demmel 2008; MAGMA)
// Not here: the tensor cores of one vendor
#include "abi/layouts.h"
#include "abi/linear_w8a8.h"
#include "common/inject.h"
#include "common/linear_group.h"

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

#define FEW_ROWS LINEAR_FEW_ROWS
#define FEW_SIZE LINEAR_W8A8_GROUP_FEW_SIZE
#define LANES LINEAR_FEW_LANES
#define LANE_OUTPUTS LINEAR_FEW_LANE_OUTPUTS
#define EXACT_PIECES (EXACT_INPUTS / LINEAR_FEW_PIECE)

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

kernel __attribute__((reqd_work_group_size(FEW_SIZE, 1, 1))) void linear_w8a8_group_few(
    global const uint4* x, global const float* xs, global const uint4* w, global const float* ws,
    global const float* bias, global float* y, const struct linear_w8a8_args args) {
  local int parts[LINEAR_FEW_SUMS][LINEAR_FEW_PARTS];
  const int m0 = (int)get_group_id(1) * FEW_ROWS;
  const int n0 = (int)get_group_id(0) * LINEAR_FEW_OUTPUTS;
  struct linear_w8a8_few few = linear_w8a8_few_begin(m0, n0, bias, &args);
  const size_t stride = CODES_STRIDE(args.inputs) / LINEAR_FEW_PIECE;
  x += m0 * stride;
  global const uint4* weights[LANE_OUTPUTS];
#pragma unroll
  for (int o = 0; o < LANE_OUTPUTS; ++o)
    weights[o] = w + min(n0 + few.output + o, args.outputs - 1) * stride;

  float acc[FEW_ROWS][LANE_OUTPUTS];
  int part[FEW_ROWS][LANE_OUTPUTS];
#pragma unroll
  for (int r = 0; r < FEW_ROWS; ++r)
#pragma unroll
    for (int o = 0; o < LANE_OUTPUTS; ++o) acc[r][o] = 0.0f, part[r][o] = 0;

  int turns = 0;  // pieces that acc holds
  for (int base = 0; base < few.pieces; base += LANES) {
    if (base + few.lane < few.pieces) {
      const int piece = ZCL_ORDER(base + few.lane, few.pieces);
      uint4 loaded[LANE_OUTPUTS];
#pragma unroll
      for (int o = 0; o < LANE_OUTPUTS; ++o) loaded[o] = weights[o][piece];
      linear_w8a8_group_few_products(x + piece, few.rows, stride, loaded, acc);
    }
    const bool meet = args.groups > 1 || base + LANES >= few.pieces;
    if (++turns < EXACT_PIECES && !meet) continue;
    turns = 0;
#pragma unroll
    for (int r = 0; r < FEW_ROWS; ++r)
#pragma unroll
      for (int o = 0; o < LANE_OUTPUTS; ++o) part[r][o] += (int)acc[r][o], acc[r][o] = 0.0f;
    if (meet) linear_w8a8_few_meet(&few, base, part, parts, xs, ws, &args);
  }
  linear_w8a8_few_store(few, y, &args);
}
