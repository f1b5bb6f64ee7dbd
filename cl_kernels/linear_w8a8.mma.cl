// Operator: linear_w8a8 (NUMERICS.md 3.5), variant for NVIDIA's tensor cores since Ampere
// What:     as linear_w8a8.cl; integer sums by mma.sync, exact in int32
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M, x_groups]; w char [N, K] in the same
//           tiles (family "tiles", WEIGHT_TILES_INDEX, as for linear_w8a8.wgmma.cl), w scales float
//           [w_groups, N]; bias float [N] or null; y float [M, y_stride]
// Args:     struct linear_w8a8_args; group a multiple of 128, or K
// Launch:   persistent: as many work-groups as are resident, or tiles. linear_w8a8_mma and _groups
//           (sums for each group along K): 256 items, tiles of 128 x 128; _mid and _groups_mid: 128
//           items, 64 x 64; _few and _groups_few: 128 items, 32 x 32. At most 48 KiB of local
//           memory, which every NVIDIA GPU gives a work-group
// Variants: linear_w8a8.wgmma.cl on Hopper; without tensor cores linear_w8a8.dp4a.cl and .group.cl
// Source:   PTX ISA, mma.m16n8k32, ldmatrix, cp.async; multi-stage products as in CUTLASS
// Not here: weights or activations in groups of 16, 32 or 64 (linear_w8a8.dp4a.cl)
#include "abi/layouts.h"
#include "abi/linear_w8a8.h"
#include "common/inject.h"
#include "common/nvidia_mma.h"

#pragma OPENCL FP_CONTRACT OFF

#define BAND 8    // tiles of rows that go through all outputs together
#define STEP 64   // inputs of a stage: half a row of a block of CODES_TILES
#define PIECES 4  // of 16 bytes, in STEP
#define SLICE 32  // inputs of one product
#define BLOCK (CODES_TILE * CODES_TILE)
#define STAGE(rows, outputs) (((rows) + (outputs)) * STEP)

// A kernel's tile, constants all: its rows and outputs (32, 64 or 128), the stages in local memory
// (3 or 6), and the warps that share it, down and across. A warp has rows / down (a multiple of 16)
// by outputs / across (a multiple of 16).
struct linear_w8a8_mma_shape {
  int rows, outputs, stages, down, across;
};
#define WARP_ROWS(shape) ((shape).rows / (shape).down)
#define WARP_OUTPUTS(shape) ((shape).outputs / (shape).across)
#define ITEMS(shape) ((shape).down * (shape).across * NVIDIA_WARP)
// Sums of an item: [16 i + 4 j + 2 h + e] is row 16 i + 8 h + g of its warp, column 8 j + 2 q + e:
// output OUTPUT(j) + 4 q + e (WEIGHT_TILES_INDEX).
// Loops run to the largest warp's ends and leave out what a smaller one has not: with literal ends
// every compiler unrolls them, and then the sums stay in registers.
#define SUMS 64
#define ROW_BLOCKS 4  // i
#define OUTPUTS 4     // j
#define AT(i, j) (16 * (i) + 4 * (j))
#define OUTPUT(j) ((j) / 2 * 16 + (j) % 2 * 2)
#define HAS_ROWS(shape, i) ((i)*16 < WARP_ROWS(shape))
#define HAS_OUTPUTS(shape, j) ((j)*8 < WARP_OUTPUTS(shape))

// Which stages of 64 inputs a tile adds: groups along K in the order of their sums, each in
// ascending order.
struct linear_w8a8_mma_walk {
  int group, stage, end;  // the group's number in the sum; the stage; the group's end
};
static inline struct linear_w8a8_mma_walk linear_w8a8_mma_group(const int i,
                                                                const struct linear_w8a8_args* a) {
  const int span = (a->group + STEP - 1) / STEP, stages = (a->inputs + STEP - 1) / STEP;
  const int j = ZCL_ORDER(i, a->groups);
  const struct linear_w8a8_mma_walk walk = {i, j * span, min(stages, (j + 1) * span)};
  return walk;
}

// A work-group's stages on their way through local memory. Of each row a stage has 4 pieces of 16
// bytes, row after row; piece p of row r stands at p xor r / 2 mod 4, so that neither copies nor
// reads of eight rows meet in a bank.
struct linear_w8a8_mma_feed {
  global const char* x;  // the item's row of the tile's first block, and of w
  global const char* w;
  uint piece;                        // where its piece stands in a row of a block's first half
  local char* to;                    // where it goes in stage 0
  uint x_at, w_at;                   // the blocks that the item reads for its warp, in stage 0
  uint first, second;                // where their pieces for the first and second product stand
  struct linear_w8a8_mma_walk next;  // to fetch
  int left;                          // stages to fetch
  int fill, use;                     // the places of the next to fetch and to use
};

static inline __attribute__((always_inline)) struct linear_w8a8_mma_feed linear_w8a8_mma_start(
    const struct linear_w8a8_mma_shape shape, local char* memory, global const char* x,
    global const char* w, const int m0, const int n0, const struct linear_w8a8_args* a) {
  const int item = get_local_id(0), lane = item % NVIDIA_WARP, warp = item / NVIDIA_WARP;
  const int row = item / PIECES, piece = item % PIECES;
  const size_t band = (size_t)(CODES_TILES_STRIDE(a->inputs) / CODES_TILE) * BLOCK;
  const int warp_row = warp / shape.across * WARP_ROWS(shape);
  const int warp_output = warp % shape.across * WARP_OUTPUTS(shape);
  const uint at = nvidia_local_address(memory);
  struct linear_w8a8_mma_feed feed;
  feed.x = x + m0 / CODES_TILE * band + (m0 % CODES_TILE + row) * CODES_TILE;
  feed.w = w + n0 / CODES_TILE * band + (n0 % CODES_TILE + row) * CODES_TILE;
  feed.piece = (uint)(piece ^ row % 8) * 16;
  feed.to = memory + row * STEP + (piece ^ row / 2 % PIECES) * 16;
  // Blocks of x: rows 0 - 7 and 8 - 15 with inputs 0 - 15, then with 16 - 31; of w: outputs 0 - 7
  // with both, then 8 - 15. A lane's blocks of x and of w may need different pieces.
  feed.x_at = at + (uint)(warp_row + lane % 16) * STEP;
  feed.w_at = at + (uint)(shape.rows + warp_output + lane % 8 + lane / 16 * 8) * STEP;
  feed.first = (uint)(lane / 16 ^ lane / 2 % PIECES) * 16;
  feed.second = (uint)(lane / 8 % 2 ^ lane / 2 % PIECES) * 16;
  feed.next = linear_w8a8_mma_group(0, a);
  feed.left = (a->inputs + STEP - 1) / STEP;
  feed.fill = feed.use = 0;
  return feed;
}

// Asks for the next stage, if there is one: a block's first half holds the pieces 0 - 3 of its
// rows, the second 4 - 7, each in the places that the other has in rows 4 away. Rows and outputs
// past the last, up to a whole block, exist; what they hold reaches no output.
static inline __attribute__((always_inline)) void linear_w8a8_mma_fetch(
    private struct linear_w8a8_mma_feed* feed, const struct linear_w8a8_mma_shape shape,
    const struct linear_w8a8_args* a) {
  const int rows = ITEMS(shape) / PIECES;  // that the work-group copies at once
  if (feed->left > 0) {
    const int stage = feed->next.stage;
    const size_t from = (size_t)(stage / 2) * BLOCK + (feed->piece ^ (uint)(stage % 2) * STEP);
    local char* to = feed->to + feed->fill * STAGE(shape.rows, shape.outputs);
#pragma unroll
    for (int n = 0; n < 2; ++n)
      if (n * rows < shape.rows)
        nvidia_copy16(to + n * rows * STEP, feed->x + from + n * rows * CODES_TILE);
#pragma unroll
    for (int n = 0; n < 2; ++n)
      if (n * rows < shape.outputs)
        nvidia_copy16(to + (shape.rows + n * rows) * STEP, feed->w + from + n * rows * CODES_TILE);
    --feed->left;
    if (++feed->next.stage == feed->next.end)
      feed->next = linear_w8a8_mma_group(feed->next.group + 1, a);
    feed->fill = feed->fill + 1 == shape.stages ? 0 : feed->fill + 1;
  }
  nvidia_copies_commit();
}

// sums += the products of the next stage.
static inline __attribute__((always_inline)) void linear_w8a8_mma_stage(
    int* sums, private struct linear_w8a8_mma_feed* feed, const struct linear_w8a8_mma_shape shape,
    const struct linear_w8a8_args* a) {
  if (shape.stages == 3)
    nvidia_copies_wait_but_one();
  else
    nvidia_copies_wait_but_four();
  barrier(CLK_LOCAL_MEM_FENCE);  // all have their part here, and have used the stage before
  linear_w8a8_mma_fetch(feed, shape, a);
  const uint stage = feed->use * STAGE(shape.rows, shape.outputs);
#pragma unroll
  for (int k = 0; k < STEP / SLICE; ++k) {
    uint rows[ROW_BLOCKS][4], outputs[OUTPUTS / 2][4];
#pragma unroll
    for (int i = 0; i < ROW_BLOCKS; ++i)
      if (HAS_ROWS(shape, i))
        nvidia_load_blocks(feed->x_at + stage + (feed->first ^ k * SLICE) + i * 16 * STEP, rows[i]);
#pragma unroll
    for (int j = 0; j < OUTPUTS / 2; ++j)
      if (HAS_OUTPUTS(shape, 2 * j))
        nvidia_load_blocks(feed->w_at + stage + (feed->second ^ k * SLICE) + j * 16 * STEP,
                           outputs[j]);
#pragma unroll
    for (int i = 0; i < ROW_BLOCKS; ++i)
#pragma unroll
      for (int j = 0; j < OUTPUTS; ++j)
        if (HAS_ROWS(shape, i) && HAS_OUTPUTS(shape, j))
          nvidia_mma_s8(rows[i], outputs[j / 2][j % 2 * 2], outputs[j / 2][j % 2 * 2 + 1],
                        sums + AT(i, j), sums + AT(i, j));
  }
  feed->use = feed->use + 1 == shape.stages ? 0 : feed->use + 1;
}

// Where an item's sums stand: row m + 16 i + 8 h, output n + OUTPUT(j) + e.
struct linear_w8a8_mma_place {
  int m, n;
};

// Tile t, for the item: `feed` with its first stages on their way.
static inline __attribute__((always_inline)) struct linear_w8a8_mma_place linear_w8a8_mma_tile(
    const int t, private struct linear_w8a8_mma_feed* feed,
    const struct linear_w8a8_mma_shape shape, local char* memory, global const char* x,
    global const char* w, const struct linear_w8a8_args* a) {
  const int item = get_local_id(0), lane = item % NVIDIA_WARP, warp = item / NVIDIA_WARP;
  const int across = (a->outputs + shape.outputs - 1) / shape.outputs;
  const int down = (a->rows + shape.rows - 1) / shape.rows;
  const int first = t / (BAND * across) * BAND, height = min(BAND, down - first);
  const int r = t % (BAND * across);
  const int m0 = (first + r % height) * shape.rows, n0 = r / height * shape.outputs;
  barrier(CLK_LOCAL_MEM_FENCE);  // nobody reads the tile before any more
  *feed = linear_w8a8_mma_start(shape, memory, x, w, m0, n0, a);
#pragma unroll
  for (int i = 0; i < 5; ++i)
    if (i < shape.stages - 1) linear_w8a8_mma_fetch(feed, shape, a);
  const struct linear_w8a8_mma_place place = {
      m0 + warp / shape.across * WARP_ROWS(shape) + lane / 4,
      n0 + warp % shape.across * WARP_OUTPUTS(shape) + lane % 4 * 4};
  return place;
}
static inline int linear_w8a8_mma_tiles(const struct linear_w8a8_mma_shape shape,
                                        const struct linear_w8a8_args* a) {
  return (a->rows + shape.rows - 1) / shape.rows *
         ((a->outputs + shape.outputs - 1) / shape.outputs);
}

// v[n], v[n + 1] for an even n; past the last output some other output's.
static inline float2 linear_w8a8_mma_pair(global const float* v, const int n, const int outputs) {
  if (outputs % 2 == 0) return *(global const float2*)(v + min(n, outputs - 2));
  return (float2)(v[min(n, outputs - 1)], v[min(n + 1, outputs - 1)]);
}

// Stores outputs n and n + 1 of row m where they exist. The output with linear index 0 is the one
// that verify --inject spoils.
static inline void linear_w8a8_mma_store(float2 v, global float* y, const int m, const int n,
                                         const struct linear_w8a8_args* a) {
  if (m >= a->rows || n >= a->outputs) return;
  v.x = ZCL_ELEMENT_F(v.x, m + n);
  y += (size_t)m * a->y_stride + n;
  if (n + 1 < a->outputs && a->y_stride % 2 == 0) {
    *(global float2*)y = v;
    return;
  }
  y[0] = v.x;
  if (n + 1 < a->outputs) y[1] = v.y;
}

// All tiles of a work-group, one group along K.
static inline __attribute__((always_inline)) void linear_w8a8_mma_run(
    int* sums, const struct linear_w8a8_mma_shape shape, local char* memory, global const char* x,
    global const float* xs, global const char* w, global const float* ws, global const float* bias,
    global float* y, const struct linear_w8a8_args a) {
  const int tiles = linear_w8a8_mma_tiles(shape, &a), stages = (a.inputs + STEP - 1) / STEP;
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    struct linear_w8a8_mma_feed feed;
    const struct linear_w8a8_mma_place at = linear_w8a8_mma_tile(t, &feed, shape, memory, x, w, &a);
#pragma unroll
    for (int i = 0; i < SUMS; ++i) sums[i] = 0;
    for (int k = 0; k < stages; ++k) linear_w8a8_mma_stage(sums, &feed, shape, &a);
#pragma unroll
    for (int j = 0; j < OUTPUTS; ++j) {
      if (!HAS_OUTPUTS(shape, j)) continue;
      const int n = at.n + OUTPUT(j);
      const float2 scale = linear_w8a8_mma_pair(ws, n, a.outputs);
      const float2 first = a.has_bias ? linear_w8a8_mma_pair(bias, n, a.outputs) : (float2)(0.0f);
#pragma unroll
      for (int i = 0; i < 2 * ROW_BLOCKS; ++i) {
        if (!HAS_ROWS(shape, i / 2)) continue;
        const int s = AT(i / 2, j) + i % 2 * 2, m = at.m + 8 * i;
        const float row = ZCL_SCALE(xs[min(m, a.rows - 1)]);
        const float2 out = (float2)(fma((float)sums[s] * row, scale.x, first.x),
                                    fma((float)sums[s + 1] * row, scale.y, first.y));
        linear_w8a8_mma_store(out, y, m, n, &a);
      }
    }
  }
}

// The outputs' chains of fma begin with the bias, and group g's sums are the next link.
static inline __attribute__((always_inline)) void linear_w8a8_mma_begin(
    float* v, const struct linear_w8a8_mma_shape shape, const int n, global const float* bias,
    const struct linear_w8a8_args* a) {
#pragma unroll
  for (int j = 0; j < OUTPUTS; ++j) {
    if (!HAS_OUTPUTS(shape, j)) continue;
    const float2 first =
        a->has_bias ? linear_w8a8_mma_pair(bias, n + OUTPUT(j), a->outputs) : (float2)(0.0f);
#pragma unroll
    for (int i = 0; i < 2 * ROW_BLOCKS; ++i) {
      v[AT(i / 2, j) + i % 2 * 2] = first.x;
      v[AT(i / 2, j) + i % 2 * 2 + 1] = first.y;
    }
  }
}
static inline __attribute__((always_inline)) void linear_w8a8_mma_link(
    int* sums, float* v, const int g, private struct linear_w8a8_mma_feed* feed,
    const struct linear_w8a8_mma_shape shape, const struct linear_w8a8_mma_place at,
    global const float* xs, global const float* ws, const struct linear_w8a8_args* a) {
  const struct linear_w8a8_mma_walk walk = linear_w8a8_mma_group(g, a);
  const int group = ZCL_ORDER(g, a->groups);
  // Asked for before the products, to be there after them.
  float rows[2 * ROW_BLOCKS];
  float2 scales[OUTPUTS];
#pragma unroll
  for (int i = 0; i < 2 * ROW_BLOCKS; ++i)
    if (HAS_ROWS(shape, i / 2))
      rows[i] =
          ZCL_SCALE(xs[(size_t)min(at.m + 8 * i, a->rows - 1) * a->x_groups + group / a->x_span]);
#pragma unroll
  for (int j = 0; j < OUTPUTS; ++j)
    if (HAS_OUTPUTS(shape, j))
      scales[j] = linear_w8a8_mma_pair(ws + (size_t)(group / a->w_span) * a->outputs,
                                       at.n + OUTPUT(j), a->outputs);
#pragma unroll
  for (int i = 0; i < SUMS; ++i) sums[i] = 0;
  for (int k = walk.stage; k < walk.end; ++k) linear_w8a8_mma_stage(sums, feed, shape, a);
#pragma unroll
  for (int j = 0; j < OUTPUTS; ++j)
#pragma unroll
    for (int i = 0; i < 2 * ROW_BLOCKS; ++i) {
      if (!HAS_ROWS(shape, i / 2) || !HAS_OUTPUTS(shape, j)) continue;
      const int s = AT(i / 2, j) + i % 2 * 2;
      v[s] = fma((float)sums[s] * rows[i], scales[j].x, v[s]);
      v[s + 1] = fma((float)sums[s + 1] * rows[i], scales[j].y, v[s + 1]);
    }
}

// All tiles of a work-group, groups along K in turn.
static inline __attribute__((always_inline)) void linear_w8a8_mma_run_groups(
    int* sums, float* v, const struct linear_w8a8_mma_shape shape, local char* memory,
    global const char* x, global const float* xs, global const char* w, global const float* ws,
    global const float* bias, global float* y, const struct linear_w8a8_args a) {
  const int tiles = linear_w8a8_mma_tiles(shape, &a);
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    struct linear_w8a8_mma_feed feed;
    const struct linear_w8a8_mma_place at = linear_w8a8_mma_tile(t, &feed, shape, memory, x, w, &a);
    linear_w8a8_mma_begin(v, shape, at.n, bias, &a);
    for (int g = 0; g < a.groups; ++g)
      linear_w8a8_mma_link(sums, v, g, &feed, shape, at, xs, ws, &a);
#pragma unroll
    for (int j = 0; j < OUTPUTS; ++j)
#pragma unroll
      for (int i = 0; i < 2 * ROW_BLOCKS; ++i) {
        if (!HAS_ROWS(shape, i / 2) || !HAS_OUTPUTS(shape, j)) continue;
        const int s = AT(i / 2, j) + i % 2 * 2;
        linear_w8a8_mma_store((float2)(v[s], v[s + 1]), y, at.m + 8 * i, at.n + OUTPUT(j), &a);
      }
  }
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_mma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct linear_w8a8_mma_shape shape = {128, 128, 3, 2, 4};
  local uint4 memory[3 * STAGE(128, 128) / 16];
  int sums[SUMS];
  linear_w8a8_mma_run(sums, shape, (local char*)memory, x, xs, w, ws, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(128, 1, 1))) void linear_w8a8_mma_mid(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct linear_w8a8_mma_shape shape = {64, 64, 3, 2, 2};
  local uint4 memory[3 * STAGE(64, 64) / 16];
  int sums[SUMS];
  linear_w8a8_mma_run(sums, shape, (local char*)memory, x, xs, w, ws, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(128, 1, 1))) void linear_w8a8_mma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct linear_w8a8_mma_shape shape = {32, 32, 6, 2, 2};
  local uint4 memory[6 * STAGE(32, 32) / 16];
  int sums[SUMS];
  linear_w8a8_mma_run(sums, shape, (local char*)memory, x, xs, w, ws, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_mma_groups(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct linear_w8a8_mma_shape shape = {128, 128, 3, 2, 4};
  local uint4 memory[3 * STAGE(128, 128) / 16];
  int sums[SUMS];
  float v[SUMS];
  linear_w8a8_mma_run_groups(sums, v, shape, (local char*)memory, x, xs, w, ws, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(128, 1, 1))) void linear_w8a8_mma_groups_mid(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct linear_w8a8_mma_shape shape = {64, 64, 3, 2, 2};
  local uint4 memory[3 * STAGE(64, 64) / 16];
  int sums[SUMS];
  float v[SUMS];
  linear_w8a8_mma_run_groups(sums, v, shape, (local char*)memory, x, xs, w, ws, bias, y, args);
}

kernel __attribute__((reqd_work_group_size(128, 1, 1))) void linear_w8a8_mma_groups_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global float* restrict y,
    const struct linear_w8a8_args args) {
  const struct linear_w8a8_mma_shape shape = {32, 32, 6, 2, 2};
  local uint4 memory[6 * STAGE(32, 32) / 16];
  int sums[SUMS];
  float v[SUMS];
  linear_w8a8_mma_run_groups(sums, v, shape, (local char*)memory, x, xs, w, ws, bias, y, args);
}
