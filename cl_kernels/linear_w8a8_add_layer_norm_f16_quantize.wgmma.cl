// Operator: linear_w8a8_add_layer_norm_f16_quantize (NUMERICS.md 3.28), for Hopper's tensor cores
// What:     add_layer_norm_f16_quantize(linear_w8a8(x, w), residual): the product never leaves the
//           registers; groups that hold parts of a row tell each other sums of these
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [N, K] in the same tiles, w
//           scales float [N]; bias float [N] or null; residual ushort [M, N]; gamma, beta float
//           [N]; meeting uint (abi); partials float (abi); y ushort [M, N] or null; codes
//           [M, stride] in CODES_TILES, scales float [M]
// Args:     struct linear_w8a8_add_layer_norm_f16_quantize_args; no groups along K; N a multiple
//           of 8, up to LINEAR_NORM_LIMIT
// Launch:   persistent; 640 items, two teams that take turns at tiles of 128 x 128 (_still: four
//           at 64 x 128, K up to LINEAR_W8A8_STILL_INPUTS, whole sets of work-groups side by side
//           over all outputs; _few: 256 items, one team, 64 x 64); as
//           many work-groups as the device holds (_few: two a unit), or tiles, all resident. Those
//           that hold a part of 64 rows wait for each other: a row has at most twice as many tiles
//           as there are work-groups (_still, _few: as many)
// Variants: the composition linear_w8a8, add_layer_norm_f16_quantize runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "common/linear_wgmma_norm.h"

// A tile from h on. `arrived`: the counter of the group's 64 rows, at which each of `across` groups
// arrives twice; `staging`: of the group, where the vectors lie and then the codes.
static inline __attribute__((always_inline)) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_norm(
    int* values, const struct wgmma_norm_part part, const int across, local char* staging,
    global uint* maxima, global uint* arrived, const struct wgmma_norm_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args* args) {
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const int rows = args->linear.rows, outputs = wgmma_here(args->linear.outputs);
  local const float4* const vectors = (local const float4*)staging;
  float means[4], rstds[4], largest[2], r, all[4], scale;
  wgmma_norm_say(values, part, at.partials, outputs);
  wgmma_group_sync();
  if (first_item) nvidia_meet(arrived, across);
  wgmma_group_sync();
  const float2 moments = wgmma_norm_moments(part, at.partials, outputs);
  wgmma_quad_share(means, moments.x, 2);
  wgmma_quad_share(rstds, zcl_rsqrt(moments.y + args->norm.eps), 2);
  wgmma_norm_y(values, part, means, rstds, vectors, largest);
  const uint held[2] = {as_uint(largest[0]), as_uint(largest[1])};
  const uint own = wgmma_quad_largest(held, 2, part.q);
  if (part.q < 2 && part.row < rows) atomic_max((volatile global uint*)maxima + part.row, own);
  wgmma_group_sync();
  if (first_item) nvidia_arrive(arrived);
  if (args->norm.write_y) wgmma_norm_write(values, part, at.y, args->linear);
  if (first_item) nvidia_await(arrived, 2 * across);
  wgmma_group_sync();
  nvidia_quant_scale(nvidia_load_shared_word(maxima + min(part.row, rows - 1)), &r, &scale);
  wgmma_quad_share(all, r, 2);
  wgmma_leave_codes(values, all, part.width, part.m, part.n,
                    staging + (part.m - part.first) * CODES_TILE + wgmma_column(), at.codes, rows,
                    args->norm.out.stride);
  if (part.q < 2 && part.row < rows && part.n < 16) at.scales[part.row] = scale;
  if (part.width == CODES_TILE)
    wgmma_norm_send(part, staging, at.codes, rows, args->norm.out.stride);
}

// The same from its sums on.
static inline __attribute__((always_inline)) void linear_w8a8_add_layer_norm_f16_quantize_wgmma_end(
    int* values, const struct wgmma_norm_part part, const float upper, const float lower,
    const int across, local char* staging, global uint* maxima, global uint* arrived,
    const struct wgmma_norm_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args* args) {
  wgmma_norm_h(values, part, upper, lower, (local const float4*)staging, at.residual, args->linear);
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_norm(values, part, across, staging, maxima, arrived,
                                                     at, args);
}

// A consumer group. `staging`: local memory of each, WGMMA_NORM_STAGING(shape.outputs) bytes.
//
// Why meetings end: let t be the first tile of which a group has not come through its second
// meeting, and all groups be resident. No tile of t's rows waits for a tile before these rows: the
// tile before of its team is as many rounds of work-groups back as there are teams, further than a
// row is long, and so is through. By then the tiles of these rows come to their first meeting, one
// after another: all tiles of a work-group before one of them have multiplied and given their
// stages back, so that it has its turn, and the copying group fills its stages. So all leave the
// first meeting; and until the second they wait for nothing. While a team waits here, others
// multiply. Of `still` shapes a set of work-groups has all tiles of its rows, and each its tiles in
// one order.
static inline __attribute__((always_inline)) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, local char* all_staging,
    global const float* xs, global const float* ws, global const float* bias, global uint* meeting,
    const struct wgmma_norm_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  const struct linear_w8a8_args a = args.linear;
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  const int words = MEETING_WORDS(args.meeting_rows);
  wgmma_meeting_clear(meeting + (1 - args.meeting_turn) * words, words, shape);
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const int outputs = wgmma_here(a.outputs), group = wgmma_team_group(shape);
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, outputs, WGMMA_MEETING_BAND);
    const int m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, a.rows - 1)]);
    const float lower = ZCL_SCALE(xs[min(m + 8, a.rows - 1)]);
    wgmma_norm_ask_ahead(wgmma_norm_part_of(tile, shape, outputs), at.residual, a);
    const float4 vector = wgmma_norm_fetch(at, ws, bias, a.has_bias, tile, shape.outputs, outputs);
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(a.inputs));
    // The copy of the tile before has left the staging memory.
    if (shape.outputs == CODES_TILE && first_item) wgmma_stores_read();
    local char* const staging = all_staging + wgmma_here((int)get_local_id(0)) / WGMMA_ITEMS *
                                                  WGMMA_NORM_STAGING(shape.outputs);
    wgmma_norm_share((local float4*)staging, vector, shape.outputs);
    const struct wgmma_norm_part part = wgmma_norm_part_of(tile, shape, outputs);
    global uint* const maxima = meeting + wgmma_here(args.meeting_turn) * words;
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_end(
        sums, part, upper, lower, wgmma_across(shape, outputs), staging, maxima,
        maxima + args.meeting_rows + part.first / MEETING_ROWS, at, &args);
  }
  if (shape.outputs == CODES_TILE && first_item) wgmma_stores_done();
}

// Tiles of 640 items. `data`: WGMMA_MID_DATA, then the staging memory of four groups.
static inline __attribute__((always_inline)) void linear_w8a8_add_layer_norm_f16_quantize_wgmma_run(
    local char* data, local ulong* barriers, const struct wgmma_shape shape, global const char* x,
    global const float* xs, global const char* w, global const float* ws, global const float* bias,
    global uint* meeting, const struct wgmma_norm_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  const struct wgmma_ring ring = wgmma_mid_ring_init(data, barriers, shape, args.linear.inputs);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_consume(sums, ring, shape, data + WGMMA_MID_DATA,
                                                          xs, ws, bias, meeting, at, args);
  }
}

// One kernel for each tile: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* restrict gamma,
    global const float* restrict beta, global uint* meeting, global float* partials,
    global ushort* restrict y, global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  local char data[WGMMA_MID_DATA + 4 * WGMMA_NORM_STAGING(128)] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_STILL_FOUR_BARRIERS];
  const struct wgmma_norm_memory at = {residual, gamma, beta, partials, y, codes, scales};
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_run(data, barriers, wgmma_mid(), x, xs, w, ws, bias,
                                                    meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_still(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* restrict gamma,
    global const float* restrict beta, global uint* meeting, global float* partials,
    global ushort* restrict y, global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  local char data[WGMMA_MID_DATA + 4 * WGMMA_NORM_STAGING(128)] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_STILL_FOUR_BARRIERS];
  const struct wgmma_norm_memory at = {residual, gamma, beta, partials, y, codes, scales};
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_run(data, barriers, wgmma_still_four(), x, xs, w,
                                                    ws, bias, meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* restrict gamma,
    global const float* restrict beta, global uint* meeting, global float* partials,
    global ushort* restrict y, global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  wgmma_two_resident();
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local char staging[WGMMA_NORM_STAGING(WGMMA_FEW_OUTPUTS)] __attribute__((aligned(16)));
  const struct wgmma_norm_memory at = {residual, gamma, beta, partials, y, codes, scales};
  const struct wgmma_shape shape = wgmma_few();
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2];
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_consume(sums, ring, shape, staging, xs, ws, bias,
                                                          meeting, at, args);
  }
}
