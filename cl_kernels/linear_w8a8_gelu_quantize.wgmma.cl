// Operator: linear_w8a8_gelu_quantize (NUMERICS.md 3.18), for Hopper's tensor cores
// What:     gelu_quantize(linear_w8a8(x, w)): the float result never leaves the registers
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [N, K] of family
//           "tiles", w scales float [N]; bias float [N] or null; meeting uint (abi), codes [M,
//           stride] in CODES_TILES, scales float [M, groups]
// Args:     struct linear_w8a8_gelu_quantize_args; no groups along K (these:
//           linear_w8a8_gelu_quantize.wgmma_groups.cl)
// Launch:   persistent; 640 items, two teams that take turns at tiles of 128 x 128 (_still: the
//           same, K up to LINEAR_W8A8_STILL_INPUTS, whole sets of work-groups side by side over all
//           outputs; _few: 256 items, one team, 64 x 64, a scale a row alone); as many work-groups
//           as the device has units (_few: twice as many), or tiles, all resident. Where a scale
//           spans the row, those that hold a part of it wait for each other: a row has at most
//           twice as many tiles as there are work-groups (_still, _few: as many). The form of gelu
//           is in the name: erf, or _tanh
// Variants: the composition linear_w8a8, gelu_quantize runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "common/linear_wgmma_gelu.h"

// gelu of the item's outputs, two rows, in place of the sums, and the largest magnitude of each row
// that it holds.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_values(
    int* sums, float* upper_largest, float* lower_largest, const int width, const int form,
    const float upper, const float lower, local const float4* pairs) {
  float top = 0.0f, bottom = 0.0f;
#pragma unroll
  for (int i = 0; i < width / 16; ++i) {
    const struct wgmma_pair pair = wgmma_shared_pair(pairs, i);
    const float4 y = wgmma_scaled(wgmma_upper(sums + 8 * i), upper, pair);
    const float4 z = wgmma_scaled(wgmma_lower(sums + 8 * i), lower, pair);
    wgmma_keep(sums + 8 * i, y, z);
  }
#pragma unroll
  for (int i = 0; i < width / 16; ++i)
    wgmma_gelu_eight(sums + 8 * i, wgmma_kept(sums + 8 * i), form, &top, &bottom);
  *upper_largest = top;
  *lower_largest = bottom;
}

// A consumer group. `staging`: local memory of each for the pairs (wgmma_fetch_pair) and then, of a
// tile WGMMA_GELU_BLOCK wide, the codes.
//
// Why meetings end: let t be the first tile that has not come to its meeting, and all groups be
// resident. Its team's tile before is two rounds of work-groups back (one team: one), further than
// a row is long, so all of that one's row lies before t and has come: that meeting is over. All
// tiles of the work-group before t have multiplied and given their stages back, so t has its turn,
// the copying group fills its stages, and it comes. While a team waits here, the other multiplies.
// Of `still` shapes a set of work-groups has all tiles of its rows, and each its tiles in one
// order.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int form,
    global const float* xs, global const float* ws, global const float* bias, global uint* meeting,
    local char* staging, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = wgmma_team_group(shape), width = shape.outputs;
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  const int words = MEETING_WORDS(args.meeting_rows);
  wgmma_meeting_clear(meeting + (1 - args.meeting_turn) * words, words, shape);
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, WGMMA_MEETING_BAND);
    const int m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, a.rows - 1)]);
    const float lower = ZCL_SCALE(xs[min(m + 8, a.rows - 1)]);
    const float4 pair = wgmma_fetch_pair(ws, bias, a.has_bias, tile.n, a.outputs);
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(a.inputs));
    // The copy of the tile before has left the staging memory, where the pairs go until the codes
    // do.
    if (width == WGMMA_GELU_BLOCK && first_item) wgmma_stores_read();
    local char* const mine =
        staging + (uint)wgmma_here(get_local_id(0)) / WGMMA_ITEMS * (WGMMA_ROWS * width);
    local float4* const pairs = (local float4*)mine;
    wgmma_share_pairs(pairs, pair, shape);
    float top, bottom;
    linear_w8a8_gelu_quantize_wgmma_values(sums, &top, &bottom, width, form, upper, lower, pairs);
    wgmma_gelu_store(sums, top, bottom, shape, tile, meeting, mine,
                     codes +
                         ((size_t)(tile.m / WGMMA_GELU_BLOCK) * (args.out.stride / CODES_TILE) +
                          tile.n / WGMMA_GELU_BLOCK) *
                             WGMMA_BLOCK +
                         wgmma_here(group) * WGMMA_ROWS * WGMMA_GELU_BLOCK,
                     codes, scales, &args);
  }
  if (width == WGMMA_GELU_BLOCK && first_item) wgmma_stores_done();
}

// Two teams. `data`: WGMMA_MID_DATA, then the codes of each consumer group.
static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_mid_run(
    local char* data, local ulong* barriers, const struct wgmma_shape shape, const int form,
    global const char* x, global const float* xs, global const char* w, global const float* ws,
    global const float* bias, global uint* meeting, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_ring ring = wgmma_mid_ring_init(data, barriers, shape, args.linear.inputs);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, form, xs, ws, bias, meeting,
                                            data + WGMMA_MID_DATA, codes, scales, args);
  }
}

// One kernel for each tile and form: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_gelu_quantize_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  local char data[WGMMA_MID_DATA + 2 * 128 * 128] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  linear_w8a8_gelu_quantize_wgmma_mid_run(data, barriers, wgmma_mid(), WGMMA_GELU_ERF, x, xs, w, ws,
                                          bias, meeting, codes, scales, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_gelu_quantize_wgmma_tanh(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  local char data[WGMMA_MID_DATA + 2 * 128 * 128] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  linear_w8a8_gelu_quantize_wgmma_mid_run(data, barriers, wgmma_mid(), WGMMA_GELU_TANH, x, xs, w,
                                          ws, bias, meeting, codes, scales, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_gelu_quantize_wgmma_still(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  local char data[WGMMA_MID_DATA + 2 * 128 * 128] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  linear_w8a8_gelu_quantize_wgmma_mid_run(data, barriers, wgmma_still(), WGMMA_GELU_ERF, x, xs, w,
                                          ws, bias, meeting, codes, scales, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_gelu_quantize_wgmma_still_tanh(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  local char data[WGMMA_MID_DATA + 2 * 128 * 128] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  linear_w8a8_gelu_quantize_wgmma_mid_run(data, barriers, wgmma_still(), WGMMA_GELU_TANH, x, xs, w,
                                          ws, bias, meeting, codes, scales, args);
}

static inline __attribute__((always_inline)) void linear_w8a8_gelu_quantize_wgmma_few_run(
    const struct wgmma_ring ring, local float4* pairs, const int form, global const char* x,
    global const float* xs, global const char* w, global const float* ws, global const float* bias,
    global uint* meeting, global char* codes, global float* scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  const struct wgmma_shape shape = wgmma_few();
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};  // asm has them as read, too
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, form, xs, ws, bias, meeting,
                                            (local char*)pairs, codes, scales, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_gelu_quantize_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias, global uint* meeting,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_gelu_quantize_args args) {
  wgmma_two_resident();
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  linear_w8a8_gelu_quantize_wgmma_few_run(wgmma_ring_init(data, barriers, wgmma_few()), pairs,
                                          WGMMA_GELU_ERF, x, xs, w, ws, bias, meeting, codes,
                                          scales, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_gelu_quantize_wgmma_few_tanh(global const char* restrict x,
                                         global const float* restrict xs,
                                         global const char* restrict w,
                                         global const float* restrict ws,
                                         global const float* restrict bias, global uint* meeting,
                                         global char* restrict codes, global float* restrict scales,
                                         const struct linear_w8a8_gelu_quantize_args args) {
  wgmma_two_resident();
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  linear_w8a8_gelu_quantize_wgmma_few_run(wgmma_ring_init(data, barriers, wgmma_few()), pairs,
                                          WGMMA_GELU_TANH, x, xs, w, ws, bias, meeting, codes,
                                          scales, args);
}
