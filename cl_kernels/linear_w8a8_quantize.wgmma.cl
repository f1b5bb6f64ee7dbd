// Operator: linear_w8a8_quantize (NUMERICS.md 3.27), for Hopper's tensor cores
// What:     codes of linear_w8a8(x, w) with a given scale for each output; the float result never
//           leaves the registers
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [N, K] of family
//           "tiles", w scales float [N]; bias float [N] or null; r float [N], reciprocals of the
//           given scales; codes [M, stride] in CODES_TILES
// Args:     struct linear_w8a8_quantize_args; no groups along K
// Launch:   persistent: as many work-groups as are resident, or tiles. linear_w8a8_quantize_wgmma:
//           384 items, tiles of 128 x 256; _mid: 640 items, two teams that take turns at tiles of
//           128 x 128; _still: the same, K up to LINEAR_W8A8_STILL_INPUTS, whole sets of
//           work-groups side by side over all outputs (wgmma_shape); _few: 256 items, 64 x 64
// Variants: linear_w8a8, then linear_w8a8_quantize.group.cl, runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "abi/linear_w8a8_quantize.h"
#include "common/linear_wgmma_outputs.h"

#define BLOCK CODES_TILE
#define STAGES 4
// Of tiles of 128 x 256 the second group of rows stays so many stages behind the first, that one
// makes codes while the other multiplies. Two stages more keep copies under way.
#define LAG 2

// What an item fetches of what the outputs of a tile share.
struct linear_w8a8_quantize_wgmma_part {
  float4 scaled;      // wgmma_fetch_pair
  float2 reciprocal;  // of outputs 2 i and 2 i + 1; 0 past the last: the padding's codes are 0
};
static inline struct linear_w8a8_quantize_wgmma_part linear_w8a8_quantize_wgmma_fetch(
    global const float* ws, global const float* bias, global const float* r, const int n0,
    const struct linear_w8a8_args* a) {
  const int n = n0 + (int)get_local_id(0) % WGMMA_ITEMS * 2;
  const float2 v = wgmma_two(r, n, a->outputs);
  const struct linear_w8a8_quantize_wgmma_part part = {
      wgmma_fetch_pair(ws, bias, a->has_bias, n0, a->outputs),
      (float2)(n < a->outputs ? ZCL_SCALE(v.x) : 0.0f, n + 1 < a->outputs ? ZCL_SCALE(v.y) : 0.0f)};
  return part;
}

// The codes of two values above those of two others, in the low bytes of `high`: conversions round
// to nearest even, make 0 of NaN and saturate at 127 when they are packed (PTX ISA: cvt, cvt.pack);
// -127 is up to us, NaN kept.
static inline __attribute__((always_inline)) uint linear_w8a8_quantize_wgmma_two(const float x,
                                                                                 const float y,
                                                                                 const uint high) {
  uint codes;
  float a, b;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(a) : "f"(x), "f"(-GIVEN_SCALE_LIMIT));
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(b) : "f"(y), "f"(-GIVEN_SCALE_LIMIT));
#ifdef ZCL_INJECT_ROUNDING
  a = ZCL_RINT(a);
  b = ZCL_RINT(b);
#endif
  asm("{.reg .s32 a, b; cvt.rni.s32.f32 a, %1; cvt.rni.s32.f32 b, %2; "
      "cvt.pack.sat.s8.s32.b32 %0, b, a, %3;}"
      : "=r"(codes)
      : "f"(a), "f"(b), "r"(high));
  return codes;
}
static inline __attribute__((always_inline)) uint linear_w8a8_quantize_wgmma_four(const float4 v) {
  return linear_w8a8_quantize_wgmma_two(v.x, v.y, linear_w8a8_quantize_wgmma_two(v.z, v.w, 0));
}

// Codes in place of the sums: of outputs 16 i + column .. + 3 of the upper row in sums[8 i], of the
// lower row in sums[8 i + 4].
static inline __attribute__((always_inline)) void linear_w8a8_quantize_wgmma_codes(
    int* sums, const int width, const float upper, const float lower, local const float4* pairs,
    local const float4* reciprocals, const int first) {
#pragma unroll
  for (int i = 0; i < width / 16; ++i) {
    const struct wgmma_pair pair = wgmma_shared_pair(pairs, i);
    const float4 r = (reciprocals + wgmma_column() / 4)[4 * i];
    const float4 top = wgmma_scaled(wgmma_upper(sums + 8 * i), upper, pair);
    const float4 bottom = wgmma_scaled(wgmma_lower(sums + 8 * i), lower, pair);
    sums[8 * i] = ZCL_ELEMENT_I(linear_w8a8_quantize_wgmma_four(top * r), first + 16 * i);
    sums[8 * i + 4] = linear_w8a8_quantize_wgmma_four(bottom * r);
  }
}

// Codes of an item's two rows to where a bulk copy takes them: [block][row][BLOCK], pieces of 16 as
// in CODES_TILES. `line`: the item's place in a piece of its upper row in the first block; both
// rows have the same number mod 8.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_wgmma_stage(const int* codes,
                                                                                   const int width,
                                                                                   local char* line,
                                                                                   const int row) {
#pragma unroll
  for (int block = 0; block < width / BLOCK; ++block) {
#pragma unroll
    for (int piece = 0; piece < BLOCK / 16; ++piece) {
      local char* const at = line + block * (WGMMA_ROWS * BLOCK) + (piece ^ (row % 8)) * 16;
      const int* const held = codes + block * (BLOCK / 2) + piece * 8;
      *(local uint*)at = held[0];
      *(local uint*)(at + 8 * BLOCK) = held[4];
    }
  }
}

// The same to global memory, of tiles narrower than a block.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_wgmma_write(
    const int* codes, const int width, const int m, const int n0, global char* to,
    const struct linear_w8a8_quantize_args* args) {
#pragma unroll
  for (int i = 0; i < width / 16; ++i) {
    const int n = n0 + 16 * i + wgmma_column();
    if (n >= args->stride) continue;
    if (m < args->linear.rows)
      *(global uint*)(to + CODES_TILES_INDEX(m, n, args->stride)) = codes[8 * i];
    if (m + 8 < args->linear.rows)
      *(global uint*)(to + CODES_TILES_INDEX(m + 8, n, args->stride)) = codes[8 * i + 4];
  }
}

// A consumer group's part of local memory, WGMMA_ROWS * width bytes: what the outputs of a tile
// share and then their codes.
static inline local char* linear_w8a8_quantize_wgmma_staging(local char* all, const int width) {
  return all + wgmma_here(get_local_id(0)) / WGMMA_ITEMS * WGMMA_ROWS * width;
}

// Puts there what the outputs share, when the codes of the tile before have left.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_wgmma_share(
    local char* staging, const struct linear_w8a8_quantize_wgmma_part part, const int width) {
  const int item = wgmma_here(get_local_id(0)) % WGMMA_ITEMS;
  local float4* const pairs = (local float4*)staging;
  if (item == 0) wgmma_stores_read();
  wgmma_group_sync();
  if (item < WGMMA_PAIRS(width)) {
    pairs[item] = part.scaled;
    ((local float2*)(pairs + WGMMA_PAIRS(width)))[item] = part.reciprocal;
  }
  wgmma_group_sync();
}

// The codes of a consumer group's rows from m0 on and outputs from n0 on leave. Rows past the last
// go along: their place in CODES_TILES exists, and what stands there does not matter.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_wgmma_leave(
    int* sums, const int m0, const int n0, const int width, const float upper, const float lower,
    local char* staging, global char* to, const struct linear_w8a8_quantize_args* args) {
  const int item = wgmma_here(get_local_id(0)) % WGMMA_ITEMS;
  const int row = item / 32 * 16 + item % 32 / 4;  // wgmma_row
  local const float4* const pairs = (local const float4*)staging;
  local const float4* const reciprocals = pairs + WGMMA_PAIRS(width);
  const int first = m0 + row + n0 + wgmma_column();  // 0 for the output with linear index 0
  linear_w8a8_quantize_wgmma_codes(sums, width, upper, lower, pairs, reciprocals, first);
  if (width < BLOCK) {
    linear_w8a8_quantize_wgmma_write(sums, width, m0 + row, n0, to, args);
    return;
  }
  wgmma_group_sync();  // what the outputs share has been read
  linear_w8a8_quantize_wgmma_stage(sums, width, staging + row * BLOCK + wgmma_column(), row);
  wgmma_local_written();
  wgmma_group_sync();
  if (item != 0) return;
  global char* const block =
      to + ((size_t)(m0 / BLOCK) * (args->stride / BLOCK) + n0 / BLOCK) * WGMMA_BLOCK +
      m0 % BLOCK * BLOCK;
  const uint from = nvidia_local_address(staging);
  wgmma_store(block, from, WGMMA_ROWS * BLOCK);
  if (width > BLOCK && n0 + BLOCK < args->stride)
    wgmma_store(block + WGMMA_BLOCK, from + WGMMA_ROWS * BLOCK, WGMMA_ROWS * BLOCK);
  wgmma_stores_commit();
}

// wgmma_sums of one team with a lag: group 0 says at `lead` when it has issued LAG stages of a
// tile, for which group 1 waits. Group 0 is less than STAGES stages ahead, since stages come back
// to the ring when both have used them: with as many stages a tile, or more, it says so at most
// once ahead.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_wgmma_sums(
    int* sums, private struct wgmma_ring* ring, const struct wgmma_shape shape, const int group,
    const int steps, const uint lead, const uint parity) {
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0, lags = steps >= STAGES;
  int before = -1;
  if (lags && group == 1) wgmma_wait(lead, parity);
  for (int k = 0; k < steps; ++k) {
    wgmma_stage(sums, *ring, shape, group, k);
    wgmma_wait_but_one();
    if (before >= 0 && first_item) wgmma_arrive(ring->empty + 8 * before);
    if (k == LAG - 1 && lags && group == 0 && first_item) wgmma_arrive(lead);
    before = ring->stage;
    wgmma_next(ring, shape);
  }
  wgmma_wait_all();
  if (first_item) wgmma_arrive(ring->empty + 8 * before);
}

// A consumer group. `all_staging`: of all. `lead`: a barrier for tiles of 128 x 256, else unused.
// Two teams share what outputs have in common while they wait for their turn, one when it has its
// sums: the codes of the tile before are still on their way when the products begin.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const uint lead,
    local char* all_staging, global const float* xs, global const float* ws,
    global const float* bias, global const float* r, global char* to,
    const struct linear_w8a8_quantize_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = wgmma_team_group(shape), width = shape.outputs, last = a.rows - 1;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs), steps = wgmma_steps(a.inputs);
  uint parity = 0;
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, WGMMA_BAND);
    const int m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, last)]), lower = ZCL_SCALE(xs[min(m + 8, last)]);
    const struct linear_w8a8_quantize_wgmma_part part =
        linear_w8a8_quantize_wgmma_fetch(ws, bias, r, tile.n, &a);
    if (shape.turns)
      linear_w8a8_quantize_wgmma_share(linear_w8a8_quantize_wgmma_staging(all_staging, width), part,
                                       width);
    if (width > BLOCK)
      linear_w8a8_quantize_wgmma_sums(sums, &ring, shape, group, steps, lead, parity);
    else
      wgmma_sums(sums, &ring, shape, group, steps);
    parity ^= 1;
    local char* const staging = linear_w8a8_quantize_wgmma_staging(all_staging, width);
    if (!shape.turns) linear_w8a8_quantize_wgmma_share(staging, part, width);
    linear_w8a8_quantize_wgmma_leave(sums, tile.m + group * WGMMA_ROWS, tile.n, width, upper, lower,
                                     staging, to, &args);
  }
  if (width >= BLOCK && get_local_id(0) % WGMMA_ITEMS == 0) wgmma_stores_done();
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1))) void linear_w8a8_quantize_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict r, global char* restrict codes,
    const struct linear_w8a8_quantize_args args) {
  const struct wgmma_shape shape = {128, 256, STAGES};
  local char data[STAGES * WGMMA_STAGE(128, 256) + 128 * 256] __attribute__((aligned(1024)));
  local ulong barriers[2 * STAGES + 1];
  const uint lead = nvidia_local_address(barriers + 2 * STAGES);
  if (get_local_id(0) == 0) wgmma_barrier_init(lead, 1);
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers();
    int sums[128];
    linear_w8a8_quantize_wgmma_consume(sums, ring, shape, lead,
                                       data + STAGES * WGMMA_STAGE(128, 256), xs, ws, bias, r,
                                       codes, args);
  }
}

// Two teams. `data`: WGMMA_MID_DATA, then the codes of each consumer group.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_wgmma_mid_run(
    local char* data, local ulong* barriers, const struct wgmma_shape shape, global const char* x,
    global const float* xs, global const char* w, global const float* ws, global const float* bias,
    global const float* r, global char* codes, const struct linear_w8a8_quantize_args args) {
  const struct wgmma_ring ring = wgmma_mid_ring_init(data, barriers, shape, args.linear.inputs);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_quantize_wgmma_consume(sums, ring, shape, 0, data + WGMMA_MID_DATA, xs, ws, bias, r,
                                       codes, args);
  }
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_quantize_wgmma_mid(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict r, global char* restrict codes,
    const struct linear_w8a8_quantize_args args) {
  local char data[WGMMA_MID_DATA + 2 * 128 * 128] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  linear_w8a8_quantize_wgmma_mid_run(data, barriers, wgmma_mid(), x, xs, w, ws, bias, r, codes,
                                     args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_quantize_wgmma_still(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict r, global char* restrict codes,
    const struct linear_w8a8_quantize_args args) {
  local char data[WGMMA_MID_DATA + 2 * 128 * 128] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  linear_w8a8_quantize_wgmma_mid_run(data, barriers, wgmma_still(), x, xs, w, ws, bias, r, codes,
                                     args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_quantize_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict r, global char* restrict codes,
    const struct linear_w8a8_quantize_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[2 * WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, wgmma_few());
  if (wgmma_copies(wgmma_few())) {
    wgmma_produce(ring, wgmma_few(), WGMMA_BAND, x, w, args.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2];
    linear_w8a8_quantize_wgmma_consume(sums, ring, wgmma_few(), 0, (local char*)pairs, xs, ws, bias,
                                       r, codes, args);
  }
}
