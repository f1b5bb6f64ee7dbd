// Operator: linear_w8a8_add_layer_norm_quantize (NUMERICS.md 3.28), for Hopper's tensor cores
// What:     add_layer_norm_quantize(linear_w8a8(x, w), residual): rows are normed where the last of
//           their products has just been stored, while other tiles multiply
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [N, K] in the same tiles, w
//           scales float [N]; bias float [N] or null; residual float [M, N]; gamma, beta float [N];
//           meeting uint (abi); product float [M, N], which may be sum or y; sum float [M, N] or
//           null, y float [M, N] or null; codes [M, stride] in CODES_TILES, scales float [M]
// Args:     struct linear_w8a8_add_layer_norm_quantize_args; no groups along K; N a multiple of 8
// Launch:   persistent; 640 items, two teams that take turns at tiles of 128 x 128 (_still: the
//           same, K up to LINEAR_W8A8_STILL_INPUTS, whole sets of work-groups side by side over all
//           outputs; _few: 256 items, one team, 64 x 64); as many work-groups as the device has
//           units, or tiles, all resident. Those that hold a part of 64 rows wait for each other
//           and share their norms: a row has at most twice as many tiles as there are work-groups
//           (_still, _few: as many). N up to LINEAR_NORM_NARROW (_wide: LINEAR_NORM_LIMIT)
// Variants: the composition linear_w8a8, add_layer_norm_quantize runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "abi/linear_w8a8_add_layer_norm_quantize.h"
#include "common/layer_norm_warp_rows.h"
#include "common/linear_wgmma_meeting.h"
#include "common/linear_wgmma_outputs.h"

// The memory that a consumer group works on after the products.
struct linear_w8a8_add_layer_norm_quantize_wgmma_memory {
  global const float* residual;
  global const float* gamma;
  global const float* beta;
  global float* product;
  global float* sum;
  global float* y;
  global char* codes;
  global float* scales;
};

// Outputs of linear_w8a8, bias included, to the product matrix. N is a multiple of 8: fours are
// whole.
static inline __attribute__((always_inline)) void linear_w8a8_add_layer_norm_quantize_wgmma_store(
    const int* sums, const int width, const int m, const int n0, const float upper,
    const float lower, local const float4* pairs, global float* product,
    const struct linear_w8a8_args a) {
  const int outputs = wgmma_here(a.outputs), left = outputs - n0 - wgmma_column();
  global float* const top = product + (size_t)m * outputs + wgmma_here(n0 + wgmma_column());
  global float* const bottom = top + 8 * outputs;
#pragma unroll
  for (int i = 0; i < width / 16; ++i) {
    const struct wgmma_pair pair = wgmma_shared_pair(pairs, i);
    const float4 first = wgmma_scaled(wgmma_upper(sums + 8 * i), upper, pair);
    const float4 second = wgmma_scaled(wgmma_lower(sums + 8 * i), lower, pair);
    if (16 * i < left && m < a.rows) *(global float4*)(top + 16 * i) = first;
    if (16 * i < left && m + 8 < a.rows) *(global float4*)(bottom + 16 * i) = second;
  }
}

// Which rows of its tile a consumer group norms: its share, neighbours, of the 64 that `across`
// groups have a part of.
struct linear_w8a8_add_layer_norm_quantize_wgmma_share {
  int across, first, end;
};
static inline struct linear_w8a8_add_layer_norm_quantize_wgmma_share
linear_w8a8_add_layer_norm_quantize_wgmma_share_of(const struct wgmma_tile tile,
                                                   const struct wgmma_shape shape,
                                                   const struct linear_w8a8_args a) {
  struct linear_w8a8_add_layer_norm_quantize_wgmma_share share;
  share.across = wgmma_across(shape, wgmma_here(a.outputs));
  const int turn = tile.n / shape.outputs;
  const int m0 = tile.m + wgmma_here(wgmma_team_group(shape)) * WGMMA_ROWS;
  share.first = m0 + WGMMA_ROWS * turn / share.across;
  share.end = min(m0 + WGMMA_ROWS * (turn + 1) / share.across, a.rows);
  return share;
}
// Norms a share when all groups beside this one have arrived: a warp `count` rows at a time. Their
// residuals are here by then.
static inline __attribute__((always_inline)) void linear_w8a8_add_layer_norm_quantize_wgmma_rows(
    const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_quantize_wgmma_share share, global uint* arrived,
    const struct linear_w8a8_add_layer_norm_quantize_args args, const int count, const int pieces) {
  const int item = wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS, warps = WGMMA_ITEMS / 32;
  struct layer_norm_warp_rows rows = {
      count, pieces, share.first + item / 32, warps, share.end, args.linear.outputs, item % 32 * 8};
  float8 held[LAYER_NORM_WARP_HELD];
  layer_norm_warp_rows_read(held, layer_norm_warp_here(rows), at.residual);
  if (item == 0) nvidia_await(arrived, share.across);
  wgmma_group_sync();
  while (rows.m < rows.end) {
    layer_norm_warp_rows_add(held, layer_norm_warp_here(rows), at.product);
    if (args.norm.write_sum) layer_norm_warp_rows_write(held, layer_norm_warp_here(rows), at.sum);
    layer_norm_warp_rows_norm(held, layer_norm_warp_here(rows), at.gamma, at.beta, args.norm.eps);
    if (args.norm.write_y) layer_norm_warp_rows_write(held, layer_norm_warp_here(rows), at.y);
    layer_norm_warp_rows_quantize(held, layer_norm_warp_here(rows), at.codes, at.scales,
                                  args.norm.out);
    rows.m += count * warps;
    if (rows.m < rows.end) layer_norm_warp_rows_read(held, layer_norm_warp_here(rows), at.residual);
  }
}

// Tile t. What divides by `across` would else live through all tiles.
static inline struct wgmma_tile linear_w8a8_add_layer_norm_quantize_wgmma_tile(
    const int t, const struct wgmma_shape shape, const struct linear_w8a8_args a) {
  return wgmma_tile_of(t, shape, a.rows, wgmma_here(a.outputs), WGMMA_MEETING_BAND);
}

// Asks for the residuals of the group's share, so that they lie in the cache when it comes to
// norms.
static inline void linear_w8a8_add_layer_norm_quantize_wgmma_ask_ahead(
    const struct wgmma_tile tile, const struct wgmma_shape shape, global const float* residual,
    const struct linear_w8a8_args a) {
  const struct linear_w8a8_add_layer_norm_quantize_wgmma_share share =
      linear_w8a8_add_layer_norm_quantize_wgmma_share_of(tile, shape, a);
  if (get_local_id(0) % WGMMA_ITEMS == 0 && share.first < share.end)
    nvidia_prefetch_bulk((global const char*)(residual + (size_t)share.first * a.outputs),
                         (share.end - share.first) * a.outputs * (int)sizeof(float));
}

// A consumer group. Of the 64 rows of its tile it norms its share, neighbours, when all tiles
// beside it have come.
//
// Why meetings end: let t be the first tile that has not come to its meeting, and all groups be
// resident. Its team's tile before is two rounds of work-groups back (one team: one), further than
// a row is long, so all of that one's row lies before t and has come: that meeting is over, and
// norms wait for nothing. All tiles of the work-group before t have multiplied and given their
// stages back, so t has its turn, the copying group fills its stages, and it comes. While a team
// waits or norms here, the other multiplies. Of `still` shapes a set of work-groups has all tiles
// of its rows, and each its tiles in one order.
static inline __attribute__((always_inline)) void linear_w8a8_add_layer_norm_quantize_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int pieces,
    local float4* all_pairs, global const float* xs, global const float* ws,
    global const float* bias, global uint* meeting,
    const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  const bool first_item = get_local_id(0) % WGMMA_ITEMS == 0;
  const int tiles = wgmma_tiles(shape, args.linear.rows, args.linear.outputs);
  const int words = MEETING_WORDS(args.meeting_rows);
  wgmma_meeting_clear(meeting + (1 - args.meeting_turn) * words, words, shape);
  for (int t = wgmma_first_tile(shape, args.linear.outputs); t < tiles;
       t += wgmma_tile_step(shape, args.linear.outputs)) {
    local float4* const pairs =
        all_pairs + wgmma_here((int)get_local_id(0)) / WGMMA_ITEMS * WGMMA_PAIRS(shape.outputs);
    const int group = wgmma_team_group(shape);
    const struct wgmma_tile tile =
        linear_w8a8_add_layer_norm_quantize_wgmma_tile(t, shape, args.linear);
    const int row = tile.m + wgmma_here(wgmma_row(group)), last = args.linear.rows - 1;
    const float upper = ZCL_SCALE(xs[min(row, last)]), lower = ZCL_SCALE(xs[min(row + 8, last)]);
    linear_w8a8_add_layer_norm_quantize_wgmma_ask_ahead(tile, shape, at.residual, args.linear);
    wgmma_share_pairs(pairs,
                      wgmma_fetch_pair(ws, bias, args.linear.has_bias, tile.n, args.linear.outputs),
                      shape);
#pragma unroll
    for (int i = 0; i < 64; ++i)  // dead since they were stored: norms need their registers
      if (i < shape.outputs / 2) sums[i] = 0;
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(args.linear.inputs));
    linear_w8a8_add_layer_norm_quantize_wgmma_store(sums, shape.outputs, row, tile.n, upper, lower,
                                                    pairs, at.product, args.linear);
    wgmma_group_sync();
    global uint* const arrived = meeting + wgmma_here(args.meeting_turn) * words +
                                 wgmma_here(args.meeting_rows + tile.m / MEETING_ROWS + group);
    if (first_item) nvidia_arrive(arrived);
    linear_w8a8_add_layer_norm_quantize_wgmma_rows(
        at, linear_w8a8_add_layer_norm_quantize_wgmma_share_of(tile, shape, args.linear), arrived,
        args, shape.two_teams ? 1 : 2, pieces);
  }
}

// `pieces` of 256 outputs hold a row.
static inline __attribute__((always_inline)) void linear_w8a8_add_layer_norm_quantize_wgmma_run(
    local char* data, local ulong* barriers, local float4* pairs, const struct wgmma_shape shape,
    const int pieces, global const char* x, global const float* xs, global const char* w,
    global const float* ws, global const float* bias, global uint* meeting,
    const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  const struct wgmma_ring ring = wgmma_mid_ring_init(data, barriers, shape, args.linear.inputs);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_add_layer_norm_quantize_wgmma_consume(sums, ring, shape, pieces, pairs, xs, ws,
                                                      bias, meeting, at, args);
  }
}
static inline __attribute__((always_inline)) void linear_w8a8_add_layer_norm_quantize_wgmma_few_run(
    local char* data, local ulong* barriers, local float4* pairs, const int pieces,
    global const char* x, global const float* xs, global const char* w, global const float* ws,
    global const float* bias, global uint* meeting,
    const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  const struct wgmma_shape shape = wgmma_few();
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2];
    linear_w8a8_add_layer_norm_quantize_wgmma_consume(sums, ring, shape, pieces, pairs, xs, ws,
                                                      bias, meeting, at, args);
  }
}

// One kernel for each tile and width: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_quantize_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global float* product, global float* sum, global float* y,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at = {
      residual, gamma, beta, product, sum, y, codes, scales};
  linear_w8a8_add_layer_norm_quantize_wgmma_run(data, barriers, pairs, wgmma_mid(), 3, x, xs, w, ws,
                                                bias, meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_quantize_wgmma_wide(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global float* product, global float* sum, global float* y,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at = {
      residual, gamma, beta, product, sum, y, codes, scales};
  linear_w8a8_add_layer_norm_quantize_wgmma_run(data, barriers, pairs, wgmma_mid(), 4, x, xs, w, ws,
                                                bias, meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_quantize_wgmma_still(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global float* product, global float* sum, global float* y,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at = {
      residual, gamma, beta, product, sum, y, codes, scales};
  linear_w8a8_add_layer_norm_quantize_wgmma_run(data, barriers, pairs, wgmma_still(), 3, x, xs, w,
                                                ws, bias, meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_quantize_wgmma_still_wide(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global float* product, global float* sum, global float* y,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at = {
      residual, gamma, beta, product, sum, y, codes, scales};
  linear_w8a8_add_layer_norm_quantize_wgmma_run(data, barriers, pairs, wgmma_still(), 4, x, xs, w,
                                                ws, bias, meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_add_layer_norm_quantize_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global float* product, global float* sum, global float* y,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at = {
      residual, gamma, beta, product, sum, y, codes, scales};
  linear_w8a8_add_layer_norm_quantize_wgmma_few_run(data, barriers, pairs, 3, x, xs, w, ws, bias,
                                                    meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_add_layer_norm_quantize_wgmma_few_wide(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const float* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global float* product, global float* sum, global float* y,
    global char* restrict codes, global float* restrict scales,
    const struct linear_w8a8_add_layer_norm_quantize_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  const struct linear_w8a8_add_layer_norm_quantize_wgmma_memory at = {
      residual, gamma, beta, product, sum, y, codes, scales};
  linear_w8a8_add_layer_norm_quantize_wgmma_few_run(data, barriers, pairs, 4, x, xs, w, ws, bias,
                                                    meeting, at, args);
}
