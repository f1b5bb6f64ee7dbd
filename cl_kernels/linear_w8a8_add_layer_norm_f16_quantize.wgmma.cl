// Operator: linear_w8a8_add_layer_norm_f16_quantize (NUMERICS.md 3.28), for Hopper's tensor cores
// What:     add_layer_norm_f16_quantize(linear_w8a8(x, w), residual): rows are normed where the
//           last of their products has just been stored, while other tiles multiply
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [N, K] in the same tiles, w
//           scales float [N]; bias float [N] or null; residual ushort [M, N]; gamma, beta float
//           [N]; meeting uint (abi); product ushort [M, N], which may be y; y ushort [M, N] or
//           null; codes [M, stride] in CODES_TILES, scales float [M]
// Args:     struct linear_w8a8_add_layer_norm_f16_quantize_args; no groups along K; N a multiple
//           of 8
// Launch:   persistent; 640 items, two teams that take turns at tiles of 128 x 128 (_still: four
//           at 64 x 128, _still_wide: two, K up to LINEAR_W8A8_STILL_INPUTS, whole sets of
//           work-groups side by side over all outputs; _few: 256 items, one team, 64 x 64); as many
//           work-groups as the device holds (_few: two a unit), or tiles, all resident. Those that
//           hold a part of 64 rows wait for each other and share their norms: a row has at most
//           twice as many tiles as there are work-groups (_still, _few: as many). N up to
//           LINEAR_NORM_NARROW (_wide: LINEAR_NORM_LIMIT)
// Variants: the composition linear_w8a8, add_layer_norm_f16_quantize runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "abi/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "common/layer_norm_f16_warp_rows.h"
#include "common/linear_wgmma_meeting.h"
#include "common/linear_wgmma_outputs.h"

// The memory that a consumer group works on after the products.
struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory {
  global const ushort* residual;
  local const float* gamma;  // and beta behind it
  uint vectors;              // the barrier which says that both are there
  global ushort* product;
  global ushort* y;
  global char* codes;
  global float* scales;
  uint vectors_parity;  // of its round
};

// gamma and beta lie in local memory: every row needs them, and an acquired counter empties the
// unit's cache of global memory. Every item calls it before the ring's barriers are made known.
static inline void linear_w8a8_add_layer_norm_f16_quantize_wgmma_prepare(
    private struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory* at, local float* vectors,
    local ulong* barrier) {
  at->gamma = vectors;
  at->vectors = nvidia_local_address(barrier);
  if (get_local_id(0) == 0) wgmma_barrier_init(at->vectors, 1);
}
// Brings them: the copying group.
static inline void linear_w8a8_add_layer_norm_f16_quantize_wgmma_vectors(
    const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at, local float* to,
    global const float* gamma, global const float* beta, const int outputs) {
  const uint bytes = outputs * sizeof(float);
  if (get_local_id(0) % WGMMA_ITEMS != 0) return;
  wgmma_arrive_expect(at.vectors, 2 * bytes);
  wgmma_load(nvidia_local_address(to), (global const char*)gamma, bytes, at.vectors);
  wgmma_load(nvidia_local_address(to + outputs), (global const char*)beta, bytes, at.vectors);
}

// Outputs of linear_w8a8, bias included, to the product matrix as halves: all that a norm reads of
// them. N is a multiple of 8: fours are whole.
static inline uint2 linear_w8a8_add_layer_norm_f16_quantize_wgmma_halves(const float4 v) {
  return (uint2)(nvidia_halves(v.x, v.y), nvidia_halves(v.z, v.w));
}
// `whole`: all of the group's part of the tile is there; without branches nothing is waited for.
static inline __attribute__((always_inline)) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_store(const int* sums, const int width,
                                                    const bool whole, const int m, const int n0,
                                                    const float upper, const float lower,
                                                    local const float4* pairs,
                                                    global ushort* product,
                                                    const struct linear_w8a8_args a) {
  const int outputs = wgmma_here(a.outputs), left = outputs - n0 - wgmma_column();
  global ushort* const top = product + (size_t)m * outputs + wgmma_here(n0 + wgmma_column());
  global ushort* const bottom = top + 8 * outputs;
#pragma unroll
  for (int i = 0; i < width / 16; ++i) {
    const struct wgmma_pair pair = wgmma_shared_pair(pairs, i);
    const float4 first = wgmma_scaled(wgmma_upper(sums + 8 * i), upper, pair);
    const float4 second = wgmma_scaled(wgmma_lower(sums + 8 * i), lower, pair);
    if (whole || (16 * i < left && m < a.rows))
      *(global uint2*)(top + 16 * i) = linear_w8a8_add_layer_norm_f16_quantize_wgmma_halves(first);
    if (whole || (16 * i < left && m + 8 < a.rows))
      *(global uint2*)(bottom + 16 * i) =
          linear_w8a8_add_layer_norm_f16_quantize_wgmma_halves(second);
  }
}

// Which rows of its tile a consumer group norms: its share, neighbours, of the 64 that `across`
// groups have a part of.
struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_share {
  int across, first, end;
};
static inline struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_share
linear_w8a8_add_layer_norm_f16_quantize_wgmma_share_of(const struct wgmma_tile tile,
                                                       const struct wgmma_shape shape,
                                                       const struct linear_w8a8_args a) {
  struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_share share;
  share.across = wgmma_across(shape, wgmma_here(a.outputs));
  const int turn = tile.n / shape.outputs;
  const int m0 = tile.m + wgmma_here(wgmma_team_group(shape)) * WGMMA_ROWS;
  share.first = m0 + WGMMA_ROWS * turn / share.across;
  share.end = min(m0 + WGMMA_ROWS * (turn + 1) / share.across, a.rows);
  return share;
}
static inline __attribute__((always_inline)) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_read(
    int4* product, int4* residual, const struct layer_norm_f16_warp_rows rows,
    const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at) {
  layer_norm_f16_warp_rows_read(residual, layer_norm_f16_warp_here(rows), at.residual);
  layer_norm_f16_warp_rows_read(product, layer_norm_f16_warp_here(rows), at.product);
}
// Norms rows of a share, whose product and residual are on their way, and sends for the next at
// once where there are registers: for a row alone.
static inline __attribute__((always_inline)) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_norm(
    int4* product, int4* residual, const struct layer_norm_f16_warp_rows now,
    const struct layer_norm_f16_warp_rows next,
    const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  float8 held[LAYER_NORM_WARP_HELD];
  layer_norm_f16_warp_rows_add(held, layer_norm_f16_warp_here(now), product, residual);
  if (next.count == 1 && next.m < next.end)
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_read(product, residual, next, at);
  layer_norm_f16_warp_rows_norm(held, layer_norm_f16_warp_here(now), at.gamma, at.gamma + now.cols,
                                args.norm.eps);
  if (args.norm.write_y) layer_norm_f16_warp_rows_write(held, layer_norm_f16_warp_here(now), at.y);
  layer_norm_f16_warp_rows_quantize(held, layer_norm_f16_warp_here(now), at.codes, at.scales,
                                    args.norm.out.stride);
}

// Norms a share when all groups beside this one have arrived: a warp `count` rows at a time. Their
// residuals are here by then.
static inline __attribute__((always_inline)) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_rows(
    const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_share share, global uint* arrived,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args, const int count,
    const int pieces, const bool whole) {
  const int item = wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS, warps = WGMMA_ITEMS / 32;
  const int cols = whole ? SUM_LANES * pieces : args.linear.outputs;
  struct layer_norm_f16_warp_rows rows = {
      count, pieces,    whole, wgmma_here(share.first + item / 32),
      warps, share.end, cols,  item % 32 * 8};
  int4 residual[LAYER_NORM_WARP_HELD], product[LAYER_NORM_WARP_HELD];
  layer_norm_f16_warp_rows_read(residual, layer_norm_f16_warp_here(rows), at.residual);
  if (item == 0) nvidia_await(arrived, share.across);
  wgmma_group_sync();
  wgmma_wait(at.vectors, at.vectors_parity);
  layer_norm_f16_warp_rows_read(product, layer_norm_f16_warp_here(rows), at.product);
  if (rows.m >= rows.end) return;
  while (true) {
    struct layer_norm_f16_warp_rows next = rows, one = rows;
    next.m += count * warps;
    one.count = 1;
    if (count > 1 && layer_norm_f16_warp_is_row(rows, 1))
      linear_w8a8_add_layer_norm_f16_quantize_wgmma_norm(product, residual, rows, next, at, args);
    else
      linear_w8a8_add_layer_norm_f16_quantize_wgmma_norm(product, residual, one, next, at, args);
    if (next.m >= next.end) return;
    if (count > 1) linear_w8a8_add_layer_norm_f16_quantize_wgmma_read(product, residual, next, at);
    rows.m = next.m;
  }
}

// Tile t. What divides by `across` would else live through all tiles.
static inline struct wgmma_tile linear_w8a8_add_layer_norm_f16_quantize_wgmma_tile(
    const int t, const struct wgmma_shape shape, const struct linear_w8a8_args a) {
  return wgmma_tile_of(t, shape, a.rows, wgmma_here(a.outputs), WGMMA_MEETING_BAND);
}

// Asks for the residuals of the group's share, so that they lie in the cache when it comes to
// norms.
static inline void linear_w8a8_add_layer_norm_f16_quantize_wgmma_ask_ahead(
    const struct wgmma_tile tile, const struct wgmma_shape shape, global const ushort* residual,
    const struct linear_w8a8_args a) {
  const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_share share =
      linear_w8a8_add_layer_norm_f16_quantize_wgmma_share_of(tile, shape, a);
  if (get_local_id(0) % WGMMA_ITEMS == 0 && share.first < share.end)
    nvidia_prefetch_bulk((global const char*)(residual + (size_t)share.first * a.outputs),
                         (share.end - share.first) * a.outputs * (int)sizeof(ushort));
}

// A consumer group. Of the 64 rows of its tile it norms its share, neighbours, when all tiles
// beside it have come.
//
// Why meetings end: let t be the first tile that has not come to its meeting, and all groups be
// resident. Its team's tile before is as many rounds of work-groups back as there are teams,
// further than a row is long, so all of that one's row lies before t and has come: that meeting is
// over, and norms wait for nothing. All tiles of the work-group before t have multiplied and given
// their stages back, so t has its turn, the copying group fills its stages, and it comes. While a
// team waits or norms here, others multiply. Of `still` shapes a set of work-groups has all
// tiles of its rows, and each its tiles in one order.
static inline __attribute__((always_inline)) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int pieces,
    local float4* all_pairs, global const float* xs, global const float* ws,
    global const float* bias, global uint* meeting,
    const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
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
        linear_w8a8_add_layer_norm_f16_quantize_wgmma_tile(t, shape, args.linear);
    const int row = tile.m + wgmma_here(wgmma_row(group)), last = args.linear.rows - 1;
    const float upper = ZCL_SCALE(xs[min(row, last)]), lower = ZCL_SCALE(xs[min(row + 8, last)]);
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_ask_ahead(tile, shape, at.residual, args.linear);
    wgmma_share_pairs(pairs,
                      wgmma_fetch_pair(ws, bias, args.linear.has_bias, tile.n, args.linear.outputs),
                      shape);
#pragma unroll
    for (int i = 0; i < 64; ++i)  // dead since they were stored: norms need their registers
      if (i < shape.outputs / 2) sums[i] = 0;
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(args.linear.inputs));
    if (tile.m + (group + 1) * WGMMA_ROWS <= args.linear.rows &&
        tile.n + shape.outputs <= args.linear.outputs)
      linear_w8a8_add_layer_norm_f16_quantize_wgmma_store(
          sums, shape.outputs, true, row, tile.n, upper, lower, pairs, at.product, args.linear);
    else
      linear_w8a8_add_layer_norm_f16_quantize_wgmma_store(
          sums, shape.outputs, false, row, tile.n, upper, lower, pairs, at.product, args.linear);
    wgmma_group_sync();
    global uint* const arrived = meeting + wgmma_here(args.meeting_turn) * words +
                                 wgmma_here(args.meeting_rows + tile.m / MEETING_ROWS + group);
    if (first_item) nvidia_arrive(arrived);
    // Of one team the warps have one or two rows each, and more registers.
    const int count = !shape.turns && pieces < LAYER_NORM_WARP_PIECES ? 2 : 1;
    const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_share share =
        linear_w8a8_add_layer_norm_f16_quantize_wgmma_share_of(tile, shape, args.linear);
    if (args.linear.outputs == SUM_LANES * pieces)
      linear_w8a8_add_layer_norm_f16_quantize_wgmma_rows(at, share, arrived, args, count, pieces,
                                                         true);
    else
      linear_w8a8_add_layer_norm_f16_quantize_wgmma_rows(at, share, arrived, args, 1, pieces,
                                                         false);
  }
}

// `pieces` of 256 outputs hold a row.
static inline __attribute__((always_inline)) void linear_w8a8_add_layer_norm_f16_quantize_wgmma_run(
    local char* data, local ulong* barriers, local float4* pairs, local float* vectors,
    const struct wgmma_shape shape, const int pieces, global const char* x, global const float* xs,
    global const char* w, global const float* ws, global const float* bias,
    global const float* gamma, global const float* beta, global uint* meeting,
    struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_prepare(&at, vectors,
                                                        barriers + WGMMA_STILL_FOUR_BARRIERS);
  const struct wgmma_ring ring = wgmma_mid_ring_init(data, barriers, shape, args.linear.inputs);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_vectors(at, vectors, gamma, beta,
                                                          args.linear.outputs);
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_consume(sums, ring, shape, pieces, pairs, xs, ws,
                                                          bias, meeting, at, args);
  }
}
static inline __attribute__((always_inline)) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_few_run(
    local char* data, local ulong* barriers, local float4* pairs, local float* vectors,
    const int pieces, global const char* x, global const float* xs, global const char* w,
    global const float* ws, global const float* bias, global const float* gamma,
    global const float* beta, global uint* meeting,
    struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  const struct wgmma_shape shape = wgmma_few();
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_prepare(&at, vectors,
                                                        barriers + 2 * WGMMA_FEW_STAGES);
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_vectors(at, vectors, gamma, beta,
                                                          args.linear.outputs);
    wgmma_produce(ring, shape, WGMMA_MEETING_BAND, x, w, args.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2];
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_consume(sums, ring, shape, pieces, pairs, xs, ws,
                                                          bias, meeting, at, args);
  }
}

// One kernel for each tile and width: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global ushort* product, global ushort* y, global char* restrict codes,
    global float* restrict scales, const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_STILL_FOUR_BARRIERS + 1];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  local float vectors[2 * LINEAR_NORM_NARROW] __attribute__((aligned(16)));
  const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at = {
      residual, 0, 0, product, y, codes, scales};
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_run(data, barriers, pairs, vectors, wgmma_mid(), 3,
                                                    x, xs, w, ws, bias, gamma, beta, meeting, at,
                                                    args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_wide(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global ushort* product, global ushort* y, global char* restrict codes,
    global float* restrict scales, const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_STILL_FOUR_BARRIERS + 1];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  local float vectors[2 * LINEAR_NORM_LIMIT] __attribute__((aligned(16)));
  const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at = {
      residual, 0, 0, product, y, codes, scales};
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_run(data, barriers, pairs, vectors, wgmma_mid(), 4,
                                                    x, xs, w, ws, bias, gamma, beta, meeting, at,
                                                    args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_still(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global ushort* product, global ushort* y, global char* restrict codes,
    global float* restrict scales, const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_STILL_FOUR_BARRIERS + 1];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  local float vectors[2 * LINEAR_NORM_NARROW] __attribute__((aligned(16)));
  const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at = {
      residual, 0, 0, product, y, codes, scales};
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_run(data, barriers, pairs, vectors,
                                                    wgmma_still_four(), 3, x, xs, w, ws, bias,
                                                    gamma, beta, meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_still_wide(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global ushort* product, global ushort* y, global char* restrict codes,
    global float* restrict scales, const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  local char data[WGMMA_MID_DATA] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_STILL_FOUR_BARRIERS + 1];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  local float vectors[2 * LINEAR_NORM_LIMIT] __attribute__((aligned(16)));
  const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at = {
      residual, 0, 0, product, y, codes, scales};
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_run(data, barriers, pairs, vectors, wgmma_still(),
                                                    4, x, xs, w, ws, bias, gamma, beta, meeting, at,
                                                    args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global ushort* product, global ushort* y, global char* restrict codes,
    global float* restrict scales, const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  wgmma_two_resident();
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES + 1];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  local float vectors[2 * LINEAR_NORM_NARROW] __attribute__((aligned(16)));
  const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at = {
      residual, 0, 0, product, y, codes, scales};
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_few_run(data, barriers, pairs, vectors, 3, x, xs, w,
                                                        ws, bias, gamma, beta, meeting, at, args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
linear_w8a8_add_layer_norm_f16_quantize_wgmma_few_wide(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const ushort* restrict residual, global const float* gamma, global const float* beta,
    global uint* meeting, global ushort* product, global ushort* y, global char* restrict codes,
    global float* restrict scales, const struct linear_w8a8_add_layer_norm_f16_quantize_args args) {
  wgmma_two_resident();
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES + 1];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  local float vectors[2 * LINEAR_NORM_LIMIT] __attribute__((aligned(16)));
  const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at = {
      residual, 0, 0, product, y, codes, scales};
  linear_w8a8_add_layer_norm_f16_quantize_wgmma_few_run(data, barriers, pairs, vectors, 4, x, xs, w,
                                                        ws, bias, gamma, beta, meeting, at, args);
}
