// Operator: linear_w8a8_quantize_qkv (NUMERICS.md 3.19), for Hopper's tensor cores
// What:     quantize_qkv(linear_w8a8(x, w)): queries, keys and values leave the registers as codes
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [3 H D, K] of family
//           "tiles", w scales float [3 H D]; bias float [3 H D] or null; sequences struct
//           sequence_entry [S], block table int, row sequence int [M]; q char [M, q_stride]
//           (CODES_I8), q scales float [M, H]; the layer's cache in layout KV_GPU: keys char, key
//           scales float, values char, value scales float
// Args:     struct linear_w8a8_quantize_qkv_args; no groups along K (these:
//           linear_w8a8_quantize_qkv.wgmma_groups.cl)
// Launch:   persistent: as many work-groups as are resident, or tiles; 640 items, two teams that
//           take turns at tiles of 128 x 128 (_still: the same, K up to LINEAR_W8A8_STILL_INPUTS,
//           whole sets of work-groups side by side over all outputs; _few: 256 items, one team,
//           64 x 64, heads of 64 or 32, two work-groups a unit). The head size is in the name: 64,
//           or _d32, _d128
// Variants: the composition linear_w8a8, quantize_qkv runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "abi/linear_w8a8_quantize_qkv.h"
#include "common/linear_wgmma_qkv.h"

// A consumer group that writes what its items hold.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int size,
    local float4* pairs, global const float* xs, global const float* ws, global const float* bias,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const int* row_sequence, const struct wgmma_qkv_outputs out,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = (int)get_local_id(0) / WGMMA_ITEMS, last = a.rows - 1;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, WGMMA_BAND);
    const int m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, last)]), lower = ZCL_SCALE(xs[min(m + 8, last)]);
    const float4 mine = wgmma_fetch_pair(ws, bias, a.has_bias, tile.n, a.outputs);
    const int2 upper_place =
        wgmma_qkv_find_place(min(m, last), sequences[row_sequence[min(m, last)]], block_table);
    const int2 lower_place = wgmma_qkv_find_place(
        min(m + 8, last), sequences[row_sequence[min(m + 8, last)]], block_table);
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(a.inputs));
    wgmma_share_pairs(pairs, mine, shape);
    uint largest[WGMMA_FEW_OUTPUTS / 16];
#pragma unroll
    for (int h = 0; h < shape.outputs / size; ++h)
      wgmma_qkv_values(sums + h * (size / 2), largest + 2 * h, size, upper, lower,
                       pairs + h * WGMMA_PAIRS(size));
    wgmma_qkv_store(sums, largest, shape.outputs / size * 2, size, m, tile.n, upper_place,
                    lower_place, out, &args.qkv);
  }
}

// A consumer group that collects its codes in `staging`, where the pairs are before. The tile
// before has been sent on when all items are back at wgmma_share_pairs.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_collect(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int size,
    local char* staging, global const float* xs, global const float* ws, global const float* bias,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const int* row_sequence, const struct wgmma_qkv_outputs out,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = wgmma_team_group(shape), last = a.rows - 1;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  for (int t = wgmma_first_tile(shape, a.outputs); t < tiles;
       t += wgmma_tile_step(shape, a.outputs)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, WGMMA_BAND);
    const int m0 = tile.m + group * WGMMA_ROWS, m = tile.m + wgmma_row(group);
    const int placed = min(m0 + (int)get_local_id(0) % WGMMA_ROWS, last);
    const int sequence = row_sequence[placed];
    const float upper = ZCL_SCALE(xs[min(m, last)]), lower = ZCL_SCALE(xs[min(m + 8, last)]);
    const float4 pair = wgmma_fetch_pair(ws, bias, a.has_bias, tile.n, a.outputs);
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(a.inputs));
    const struct sequence_entry entry = wgmma_qkv_sequence(sequences, sequence);
    const int here = wgmma_here(get_local_id(0)), item = (int)((uint)here % WGMMA_ITEMS);
    local char* const codes = staging + here / WGMMA_ITEMS * WGMMA_QKV_STAGING;
    local uint* const places = (local uint*)(codes + WGMMA_ROWS * WGMMA_QKV_OUTPUTS);
    local float4* const pairs = (local float4*)codes;
    wgmma_share_pairs(pairs, pair, shape);
    uint largest[WGMMA_QKV_OUTPUTS / 16];
#pragma unroll
    for (int h = 0; h < shape.outputs / size; ++h)
      wgmma_qkv_values(sums + h * (size / 2), largest + 2 * h, size, upper, lower,
                       pairs + h * WGMMA_PAIRS(size));
    const struct wgmma_qkv_tile part = {codes,
                                        places,
                                        m0,
                                        tile.n,
                                        min(WGMMA_ROWS, a.rows - m0),
                                        wgmma_here(args.qkv.heads),
                                        size,
                                        wgmma_here(args.qkv.q_stride),
                                        item};
    wgmma_qkv_leave(sums, largest, part, entry, block_table, out);
  }
}

// Two teams. `data`: WGMMA_MID_DATA, then the staging memory of each consumer group.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_mid_run(
    local char* data, local ulong* barriers, const struct wgmma_shape shape, const int size,
    global const char* x, global const float* xs, global const char* w, global const float* ws,
    global const float* bias, global const struct sequence_entry* sequences,
    global const int* block_table, global const int* row_sequence,
    const struct wgmma_qkv_outputs out, const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_ring ring = wgmma_mid_ring_init(data, barriers, shape, args.linear.inputs);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    linear_w8a8_quantize_qkv_wgmma_collect(sums, ring, shape, size, data + WGMMA_MID_DATA, xs, ws,
                                           bias, sequences, block_table, row_sequence, out, args);
  }
}

// One kernel for each tile and head size: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_quantize_qkv_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  local char data[WGMMA_MID_DATA + 4 * WGMMA_QKV_STAGING] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
  linear_w8a8_quantize_qkv_wgmma_mid_run(data, barriers, wgmma_mid(), 64, x, xs, w, ws, bias,
                                         sequences, block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_quantize_qkv_wgmma_d32(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  local char data[WGMMA_MID_DATA + 4 * WGMMA_QKV_STAGING] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
  linear_w8a8_quantize_qkv_wgmma_mid_run(data, barriers, wgmma_mid(), 32, x, xs, w, ws, bias,
                                         sequences, block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_quantize_qkv_wgmma_d128(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  local char data[WGMMA_MID_DATA + 4 * WGMMA_QKV_STAGING] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
  linear_w8a8_quantize_qkv_wgmma_mid_run(data, barriers, wgmma_mid(), 128, x, xs, w, ws, bias,
                                         sequences, block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void linear_w8a8_quantize_qkv_wgmma_still(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  local char data[WGMMA_MID_DATA + 4 * WGMMA_QKV_STAGING] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
  linear_w8a8_quantize_qkv_wgmma_mid_run(data, barriers, wgmma_still(), 64, x, xs, w, ws, bias,
                                         sequences, block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_quantize_qkv_wgmma_still_d32(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  local char data[WGMMA_MID_DATA + 4 * WGMMA_QKV_STAGING] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
  linear_w8a8_quantize_qkv_wgmma_mid_run(data, barriers, wgmma_still(), 32, x, xs, w, ws, bias,
                                         sequences, block_table, row_sequence, out, args);
}

kernel __attribute__((reqd_work_group_size(640, 1, 1))) void
linear_w8a8_quantize_qkv_wgmma_still_d128(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  local char data[WGMMA_MID_DATA + 4 * WGMMA_QKV_STAGING] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_MID_BARRIERS];
  const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
  linear_w8a8_quantize_qkv_wgmma_mid_run(data, barriers, wgmma_still(), 128, x, xs, w, ws, bias,
                                         sequences, block_table, row_sequence, out, args);
}

static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_few_run(
    const struct wgmma_ring ring, local float4* pairs, const int size, global const char* x,
    global const float* xs, global const char* w, global const float* ws, global const float* bias,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const int* row_sequence, const struct wgmma_qkv_outputs out,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = wgmma_few();
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, WGMMA_BAND, x, w, args.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};  // asm has them as read, too
    linear_w8a8_quantize_qkv_wgmma_consume(sums, ring, shape, size, pairs, xs, ws, bias, sequences,
                                           block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_quantize_qkv_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  wgmma_two_resident();
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
  linear_w8a8_quantize_qkv_wgmma_few_run(wgmma_ring_init(data, barriers, wgmma_few()), pairs, 64, x,
                                         xs, w, ws, bias, sequences, block_table, row_sequence, out,
                                         args);
}

kernel __attribute__((reqd_work_group_size(256, 1, 1))) void linear_w8a8_quantize_qkv_wgmma_few_d32(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  wgmma_two_resident();
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  const struct wgmma_qkv_outputs out = {q, q_scales, keys, key_scales, values, value_scales};
  linear_w8a8_quantize_qkv_wgmma_few_run(wgmma_ring_init(data, barriers, wgmma_few()), pairs, 32, x,
                                         xs, w, ws, bias, sequences, block_table, row_sequence, out,
                                         args);
}
