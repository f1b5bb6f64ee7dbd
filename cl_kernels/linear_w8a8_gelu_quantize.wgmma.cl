// Operator: linear_w8a8_gelu_quantize (NUMERICS.md 3.18), for Hopper's tensor cores
// What:     gelu_quantize(linear_w8a8(x, w)): the float result never leaves the registers
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [N, K] in the same tiles, w
//           scales float [N]; bias float [N] or null; meeting uint (abi), codes [M, stride] in
//           CODES_TILES, scales float [M, groups]
// Args:     struct linear_w8a8_gelu_quantize_args; no groups along K
// Launch:   persistent, 384 items, tiles of 128 x 256 (_few: 256 items, 64 x 64), never more
//           work-groups than the device has units, all resident; ceil(N / tile) at most as many:
//           where a scale spans the row, the work-groups of a row wait for each other. The form of
//           gelu is in the name: erf, or _tanh
// Variants: the composition linear_w8a8, gelu_quantize runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "abi/linear_w8a8_gelu_quantize.h"
#include "common/elementary.h"
#include "common/linear_wgmma.h"

#define FORM_ERF 0
#define FORM_TANH 1
#define BLOCK 128  // outputs that lie together in CODES_TILES

// The float outputs of a block of a tile, 128 or 64 wide, in place of the sums, and of the item's
// two rows the largest magnitude. Eight at a time: compilers keep chains apart that are written
// apart. Past the last output it is 0: the padding of a row holds code 0.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_values(
    int* sums, uint* upper_largest, uint* lower_largest, const int width, const int form,
    const float upper, const float lower, const int n0, local const float4* pairs,
    const int outputs) {
  const bool edge = n0 + width > outputs;
  uint top = 0, bottom = 0;
#pragma unroll
  for (int j = 0; j < width / 8; j += 2) {
    const float4 near = wgmma_shared_pair(pairs, j), far = wgmma_shared_pair(pairs, j + 1);
    const float8 y = (float8)(wgmma_scaled(sums[4 * j], sums[4 * j + 1], upper, near),
                              wgmma_scaled(sums[4 * j + 2], sums[4 * j + 3], lower, near),
                              wgmma_scaled(sums[4 * j + 4], sums[4 * j + 5], upper, far),
                              wgmma_scaled(sums[4 * j + 6], sums[4 * j + 7], lower, far));
    int8 v = as_int8(form == FORM_ERF ? zcl_gelu_erf_8(y) : zcl_gelu_tanh_8(y));
    if (edge) {
      const int n = n0 + 8 * j + wgmma_column();
      const int8 column = (int8)(n, n + 1, n, n + 1, n + 8, n + 9, n + 8, n + 9);
      v &= column < (int8)(outputs);
    }
    const uint8 bits = as_uint8(v) & ABS_MASK;
    top = max(top, max(max(bits.s0, bits.s1), max(bits.s4, bits.s5)));
    bottom = max(bottom, max(max(bits.s2, bits.s3), max(bits.s6, bits.s7)));
    sums[4 * j] = v.s0;
    sums[4 * j + 1] = v.s1;
    sums[4 * j + 2] = v.s2;
    sums[4 * j + 3] = v.s3;
    sums[4 * j + 4] = v.s4;
    sums[4 * j + 5] = v.s5;
    sums[4 * j + 6] = v.s6;
    sums[4 * j + 7] = v.s7;
  }
  *upper_largest = wgmma_quad_max(top);
  *lower_largest = wgmma_quad_max(bottom);
}

// The largest magnitudes of rows m and m + 8 over all work-groups that hold a part of them.
static inline void linear_w8a8_gelu_quantize_wgmma_meet(
    uint* upper, uint* lower, const int m, const int arrivals, const int group,
    global uint* maxima, global uint* arrived, const int rows) {
  const bool speaks = get_local_id(0) % 4 == 0;
  if (speaks && m < rows) atomic_max((volatile global uint*)maxima + m, *upper);
  if (speaks && m + 8 < rows) atomic_max((volatile global uint*)maxima + m + 8, *lower);
  wgmma_fence_device();
  wgmma_group_barrier(1 + group);
  if (get_local_id(0) % WGMMA_ITEMS == 0) wgmma_meet(arrived, arrivals);
  wgmma_group_barrier(1 + group);
  *upper = wgmma_load_shared_word(maxima + min(m, rows - 1));
  *lower = wgmma_load_shared_word(maxima + min(m + 8, rows - 1));
}

// Codes of one row of a block: to local memory in the order of CODES_TILES where `line` is given,
// else to global memory. `values` are those of the upper or the lower row.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_row(
    const int* values, const uint largest, const int width, const int row, const int n0,
    const int whole_rows, local char* line, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args* args) {
  const int rows = args->linear.rows, outputs = args->linear.outputs;
  float r, scale;
  zcl_quant_scale(largest, &r, &scale);
  if (get_local_id(0) % 4 == 0 && row < rows && (whole_rows ? n0 == 0 : n0 % BLOCK == 0) &&
      n0 < outputs)
    scales[(size_t)row * args->out.groups + (whole_rows ? 0 : n0 / BLOCK)] = scale;
#pragma unroll
  for (int j = 0; j < width / 8; ++j) {
    const int n = n0 + 8 * j + wgmma_column();
    const int low = ZCL_ELEMENT_I(zcl_quant_code(as_float(values[4 * j]), r),
                                  (size_t)row * outputs + n);
    const int high = zcl_quant_code(as_float(values[4 * j + 1]), r);
    const ushort two = (ushort)((low & 0xff) | (high << 8));
    if (width == BLOCK)
      *(local ushort*)(line + (((j / 2) ^ (row % 8)) * 16 + j % 2 * 8 + wgmma_column())) = two;
    else if (row < rows && n < args->out.stride)
      *(global ushort*)(codes + CODES_TILES_INDEX(row, n, args->out.stride)) = two;
  }
}

// Clears the half of the meeting's memory that the next launch uses.
static inline void linear_w8a8_gelu_quantize_wgmma_clear(
    global uint* next, const int words, const struct wgmma_shape shape) {
  const int items = shape.rows / WGMMA_ROWS * WGMMA_ITEMS;
  for (int i = get_group_id(0) * items + get_local_id(0); i < words;
       i += get_num_groups(0) * items)
    next[i] = 0;
}

// A consumer group. `staging`: local memory for the pairs (wgmma_fetch_pair) and then the codes of a
// large tile, in the order in which they lie in CODES_TILES, [group][block][row][128]. Rows past the last go along: their place in
// CODES_TILES exists, and what stands there does not matter.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int form,
    global const float* xs, global const float* ws, global const float* bias, global uint* meeting,
    local char* staging, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = (int)get_local_id(0) / WGMMA_ITEMS;
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const int whole_rows = args.out.groups == 1;
  const int large = shape.outputs > BLOCK, width = large ? BLOCK : shape.outputs;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  const int across = wgmma_across(shape, a.outputs);
  const int words = MEETING_WORDS(args.meeting_rows);
  global uint* const maxima = meeting + args.meeting_turn * words;
  linear_w8a8_gelu_quantize_wgmma_clear(meeting + (1 - args.meeting_turn) * words, words, shape);
  local char* const mine = staging + group * WGMMA_ROWS * shape.outputs;
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, 1);
    const int m0 = tile.m + group * WGMMA_ROWS, m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, a.rows - 1)]);
    const float lower = ZCL_SCALE(xs[min(m + 8, a.rows - 1)]);
    const float4 pair = wgmma_fetch_pair(ws, bias, a.has_bias, tile.n, a.outputs);
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(a.inputs));
    // The copies of the tile before have left the staging memory, where the pairs go until the
    // codes do.
    if (large && first_item) wgmma_stores_read();
    local float4* const pairs = (local float4*)mine;
    wgmma_share_pairs(pairs, pair, group, shape);
    uint top[2] = {0, 0}, bottom[2] = {0, 0};
    linear_w8a8_gelu_quantize_wgmma_values(sums, &top[0], &bottom[0], width, form, upper, lower,
                                           tile.n, pairs, a.outputs);
    if (large)
      linear_w8a8_gelu_quantize_wgmma_values(sums + BLOCK / 2, &top[1], &bottom[1], width, form,
                                             upper, lower, tile.n + BLOCK,
                                             pairs + WGMMA_PAIRS(BLOCK), a.outputs);
    if (whole_rows) {
      top[0] = max(top[0], top[1]);
      bottom[0] = max(bottom[0], bottom[1]);
      linear_w8a8_gelu_quantize_wgmma_meet(&top[0], &bottom[0], m, across, group, maxima,
                                           maxima + args.meeting_rows + m0 / MEETING_ROWS, a.rows);
      top[1] = top[0];
      bottom[1] = bottom[0];
    }
    if (large) wgmma_group_barrier(1 + group);  // the pairs have been read
#pragma unroll
    for (int block = 0; block < 1 + large; ++block) {
      const int n0 = tile.n + block * BLOCK;
      local char* const line = mine + (block * WGMMA_ROWS + m - m0) * BLOCK;
      linear_w8a8_gelu_quantize_wgmma_row(sums + block * (BLOCK / 2), top[block], width, m, n0,
                                          whole_rows, line, codes, scales, &args);
      linear_w8a8_gelu_quantize_wgmma_row(sums + block * (BLOCK / 2) + 2, bottom[block], width,
                                          m + 8, n0, whole_rows, line + 8 * BLOCK, codes, scales,
                                          &args);
    }
    if (large) {
      wgmma_local_written();
      wgmma_group_barrier(1 + group);
      if (first_item) {
        for (int block = 0; block < 2; ++block) {
          const int n0 = tile.n + block * BLOCK;
          if (n0 < args.out.stride)
            wgmma_store(codes + CODES_TILES_INDEX(m0, n0, args.out.stride),
                        wgmma_address(mine + block * WGMMA_ROWS * BLOCK), WGMMA_ROWS * BLOCK);
        }
        wgmma_stores_commit();
      }
    }
  }
  if (large && first_item) wgmma_stores_done();
}

// One kernel for each tile and form: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(384, 1, 1)))
void linear_w8a8_gelu_quantize_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = {128, 256, 4};
  local char data[4 * WGMMA_STAGE(128, 256) + 128 * 256] __attribute__((aligned(1024)));
  local ulong barriers[2 * 4];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, 1, x, w, args.linear);
  } else {
    wgmma_many_registers();
    int sums[128];
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, FORM_ERF, xs, ws, bias, meeting,
                                            data + 4 * WGMMA_STAGE(128, 256), codes,
                                            scales, args);
  }
}

kernel __attribute__((reqd_work_group_size(384, 1, 1)))
void linear_w8a8_gelu_quantize_wgmma_tanh(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = {128, 256, 4};
  local char data[4 * WGMMA_STAGE(128, 256) + 128 * 256] __attribute__((aligned(1024)));
  local ulong barriers[2 * 4];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers();
    wgmma_produce(ring, shape, 1, x, w, args.linear);
  } else {
    wgmma_many_registers();
    int sums[128];
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, FORM_TANH, xs, ws, bias, meeting,
                                            data + 4 * WGMMA_STAGE(128, 256), codes,
                                            scales, args);
  }
}

// Also a step of persistent.wgmma.cl.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_few_run(
    const struct wgmma_ring ring, local float4* pairs, const int form, global const char* x,
    global const float* xs, global const char* w, global const float* ws,
    global const float* bias, global uint* meeting, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = wgmma_few();
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, 1, x, w, args.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};  // else they would live from step to step
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, form, xs, ws, bias, meeting,
                                            (local char*)pairs, codes, scales, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void linear_w8a8_gelu_quantize_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  linear_w8a8_gelu_quantize_wgmma_few_run(wgmma_ring_init(data, barriers, wgmma_few()), pairs,
                                          FORM_ERF, x, xs, w, ws, bias, meeting, codes, scales,
                                          args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void linear_w8a8_gelu_quantize_wgmma_few_tanh(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  linear_w8a8_gelu_quantize_wgmma_few_run(wgmma_ring_init(data, barriers, wgmma_few()), pairs,
                                          FORM_TANH, x, xs, w, ws, bias, meeting, codes, scales,
                                          args);
}
