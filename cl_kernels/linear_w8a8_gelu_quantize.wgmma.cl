// Operator: linear_w8a8_gelu_quantize (NUMERICS.md 3.18), for Hopper's tensor cores
// What:     gelu_quantize(linear_w8a8(x, w)): the float result never leaves the registers
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [N, K] in the same tiles, w
//           scales float [N]; bias float [N] or null; meeting uint (abi), codes [M, stride] in
//           CODES_TILES, scales float [M, groups]
// Args:     struct linear_w8a8_gelu_quantize_args; no groups along K
// Launch:   persistent; 640 items, two teams that take turns at tiles of 128 x 128 (_few: 256
//           items, one team, 64 x 64); as many work-groups as the device has units, or tiles, all
//           resident. Where a scale spans the row, those that hold a part of it wait for each
//           other: a row has at most twice as many tiles as there are work-groups (_few: as many).
//           The form of gelu is in the name: erf, or _tanh
// Variants: the composition linear_w8a8, gelu_quantize runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "abi/linear_w8a8_gelu_quantize.h"
#include "common/elementary.h"
#include "common/linear_wgmma.h"

#define FORM_ERF 0
#define FORM_TANH 1
#define BLOCK 128  // outputs that lie together in CODES_TILES

// The float outputs of the item's two rows in place of the sums, and the largest magnitude of each.
// Eight at a time: compilers keep chains apart that are written apart.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_values(
    int* sums, float* upper_largest, float* lower_largest, const int width, const int form,
    const float upper, const float lower, local const float4* pairs) {
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int j = 0; j < width / 8; j += 2) {
    const float4 near = wgmma_shared_pair(pairs, j), far = wgmma_shared_pair(pairs, j + 1);
    const float8 y = (float8)(wgmma_scaled(sums[4 * j], sums[4 * j + 1], upper, near),
                              wgmma_scaled(sums[4 * j + 2], sums[4 * j + 3], lower, near),
                              wgmma_scaled(sums[4 * j + 4], sums[4 * j + 5], upper, far),
                              wgmma_scaled(sums[4 * j + 6], sums[4 * j + 7], lower, far));
    const float8 v = form == FORM_ERF ? zcl_gelu_erf_8(y) : zcl_gelu_tanh_8(y);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, v.s0), v.s1);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, v.s2), v.s3);
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, v.s4), v.s5);
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, v.s6), v.s7);
    sums[4 * j] = as_int(v.s0);
    sums[4 * j + 1] = as_int(v.s1);
    sums[4 * j + 2] = as_int(v.s2);
    sums[4 * j + 3] = as_int(v.s3);
    sums[4 * j + 4] = as_int(v.s4);
    sums[4 * j + 5] = as_int(v.s5);
    sums[4 * j + 6] = as_int(v.s6);
    sums[4 * j + 7] = as_int(v.s7);
  }
  *upper_largest = top;
  *lower_largest = bottom;
}

// Of the item's outputs those beyond the first `left` are none: 0, as their codes, which pad a row.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_edge(
    int* values, float* upper_largest, float* lower_largest, const int width, const int left) {
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int j = 0; j < width / 8; ++j) {
    if (left <= 8 * j) values[4 * j] = values[4 * j + 2] = 0;
    if (left <= 8 * j + 1) values[4 * j + 1] = values[4 * j + 3] = 0;
    top = nvidia_max_magnitude(nvidia_max_magnitude(top, as_float(values[4 * j])),
                              as_float(values[4 * j + 1]));
    bottom = nvidia_max_magnitude(nvidia_max_magnitude(bottom, as_float(values[4 * j + 2])),
                                 as_float(values[4 * j + 3]));
  }
  *upper_largest = top;
  *lower_largest = bottom;
}

// The largest magnitudes of rows m and m + 8 over all consumer groups that hold a part of them.
static inline void linear_w8a8_gelu_quantize_wgmma_meet(uint* upper, uint* lower, const int m,
                                                        const int arrivals, global uint* maxima,
                                                        global uint* arrived, const int rows) {
  const bool speaks = get_local_id(0) % 4 == 0;
  if (speaks && m < rows) atomic_max((volatile global uint*)maxima + m, *upper);
  if (speaks && m + 8 < rows) atomic_max((volatile global uint*)maxima + m + 8, *lower);
  wgmma_group_sync();
  if (get_local_id(0) % WGMMA_ITEMS == 0) nvidia_meet(arrived, arrivals);
  wgmma_group_sync();
  *upper = nvidia_load_shared_word(maxima + min(m, rows - 1));
  *lower = nvidia_load_shared_word(maxima + min(m + 8, rows - 1));
}

// Codes of one row of a tile: to local memory in the order of CODES_TILES where the tile is BLOCK
// wide, else to global memory. `values` are those of the upper or the lower row.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_row(
    int* values, const uint largest, const int width, const int row, const int n0,
    const int whole_rows, local char* line, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args* args) {
  const int rows = args->linear.rows, outputs = args->linear.outputs;
  float r, scale;
  zcl_quant_scale(largest, &r, &scale);
  if (get_local_id(0) % 4 == 0 && row < rows && (whole_rows ? n0 == 0 : n0 % BLOCK == 0) &&
      n0 < outputs)
    scales[(size_t)row * args->out.groups + (whole_rows ? 0 : n0 / BLOCK)] = scale;
  const ushort kept = r == 0.0f ? 0 : 0xffff;  // else codes of NaN and infinity are 0, too
#pragma unroll
  for (int j = 0; j < width / 8; ++j) {
    const int n = n0 + 8 * j + wgmma_column();
    const uint low = ZCL_ELEMENT_I(ZCL_RINT_BITS(as_float(values[4 * j]) * r),
                                   (size_t)row * outputs + n);
    const uint high = ZCL_RINT_BITS(as_float(values[4 * j + 1]) * r);
    const ushort two = wgmma_two_bytes(low, high) & kept;
    if (width == BLOCK)
      *(local ushort*)(line + (((j / 2) ^ (row % 8)) * 16 + j % 2 * 8 + wgmma_column())) = two;
    else if (row < rows && n < args->out.stride)
      *(global ushort*)(codes + CODES_TILES_INDEX(row, n, args->out.stride)) = two;
  }
}

// Clears the half of the meeting's memory that the next launch uses.
static inline void linear_w8a8_gelu_quantize_wgmma_clear(
    global uint* next, const int words, const struct wgmma_shape shape) {
  const int items = wgmma_teams(shape) * wgmma_team_groups(shape) * WGMMA_ITEMS;
  for (int i = get_group_id(0) * items + get_local_id(0); i < words;
       i += get_num_groups(0) * items)
    next[i] = 0;
}

// A consumer group. `staging`: local memory for the pairs (wgmma_fetch_pair) and then, of a tile
// BLOCK wide, the codes in the order in which they lie in CODES_TILES: [group][row][BLOCK]. Rows
// past the last go along: their place in CODES_TILES exists, and what stands there does not matter.
//
// Why meetings end: let t be the first tile that has not come to its meeting, and all groups be
// resident. Its team's tile before is two rounds of work-groups back (one team: one), further than
// a row is long, so all of that one's row lies before t and has come: that meeting is over. All
// tiles of the work-group before t have multiplied and given their stages back, so t has its turn,
// the copying group fills its stages, and it comes. While a team waits here, the other multiplies.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int form,
    global const float* xs, global const float* ws, global const float* bias, global uint* meeting,
    local char* staging, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = wgmma_team_group(shape), width = shape.outputs;
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const int whole_rows = args.out.groups == 1;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  const int across = wgmma_across(shape, a.outputs);
  const int words = MEETING_WORDS(args.meeting_rows);
  linear_w8a8_gelu_quantize_wgmma_clear(meeting + (1 - args.meeting_turn) * words, words, shape);
  local char* const mine = staging + (int)get_local_id(0) / WGMMA_ITEMS * WGMMA_ROWS * width;
  for (int t = wgmma_first_tile(shape); t < tiles; t += wgmma_tile_step(shape)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, 1);
    const int m0 = tile.m + group * WGMMA_ROWS, m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, a.rows - 1)]);
    const float lower = ZCL_SCALE(xs[min(m + 8, a.rows - 1)]);
    const float4 pair = wgmma_fetch_pair(ws, bias, a.has_bias, tile.n, a.outputs);
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(a.inputs));
    // The copy of the tile before has left the staging memory, where the pairs go until the codes
    // do.
    if (width == BLOCK && first_item) wgmma_stores_read();
    local float4* const pairs = (local float4*)mine;
    wgmma_share_pairs(pairs, pair, shape);
    float top, bottom;
    linear_w8a8_gelu_quantize_wgmma_values(sums, &top, &bottom, width, form, upper, lower, pairs);
    if (tile.n + width > a.outputs)
      linear_w8a8_gelu_quantize_wgmma_edge(sums, &top, &bottom, width,
                                           a.outputs - tile.n - wgmma_column());
    uint largest[2] = {nvidia_quad_max(as_uint(top)), nvidia_quad_max(as_uint(bottom))};
    if (whole_rows) {
      global uint* const maxima = meeting + wgmma_here(args.meeting_turn) * words;
      linear_w8a8_gelu_quantize_wgmma_meet(&largest[0], &largest[1], m, across, maxima,
                                           maxima + args.meeting_rows + m0 / MEETING_ROWS, a.rows);
    } else if (width == BLOCK) {
      wgmma_group_sync();  // the pairs have been read
    }
    local char* const line = mine + (m - m0) * BLOCK;
    linear_w8a8_gelu_quantize_wgmma_row(sums, largest[0], width, m, tile.n, whole_rows, line, codes,
                                        scales, &args);
    linear_w8a8_gelu_quantize_wgmma_row(sums + 2, largest[1], width, m + 8, tile.n, whole_rows,
                                        line + 8 * BLOCK, codes, scales, &args);
    if (width == BLOCK) {
      wgmma_local_written();
      wgmma_group_sync();
      if (first_item) {  // tiles are counted as they lie in CODES_TILES
        wgmma_store(codes + (size_t)t * WGMMA_BLOCK + group * WGMMA_ROWS * BLOCK,
                    nvidia_local_address(mine), WGMMA_ROWS * BLOCK);
        wgmma_stores_commit();
      }
    }
  }
  if (width == BLOCK && first_item) wgmma_stores_done();
}

// One kernel for each tile and form: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(640, 1, 1)))
void linear_w8a8_gelu_quantize_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = {128, 128, 6, true};
  local char data[6 * WGMMA_STAGE(128, 128) + 2 * 128 * 128] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(6)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, 1, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, FORM_ERF, xs, ws, bias, meeting,
                                            data + 6 * WGMMA_STAGE(128, 128), codes,
                                            scales, args);
  }
}

kernel __attribute__((reqd_work_group_size(640, 1, 1)))
void linear_w8a8_gelu_quantize_wgmma_tanh(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = {128, 128, 6, true};
  local char data[6 * WGMMA_STAGE(128, 128) + 2 * 128 * 128] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(6)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, 1, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, FORM_TANH, xs, ws, bias, meeting,
                                            data + 6 * WGMMA_STAGE(128, 128), codes,
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
