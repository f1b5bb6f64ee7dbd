// Operator: linear_w8a8_quantize_qkv (NUMERICS.md 3.19), for Hopper's tensor cores
// What:     quantize_qkv(linear_w8a8(x, w)): queries, keys and values leave the registers as codes
// Buffers:  x char [M, K] in CODES_TILES, x scales float [M]; w char [3 H D, K] in the same tiles, w
//           scales float [3 H D]; bias float [3 H D] or null; sequences struct sequence_entry [S],
//           block table int, row sequence int [M]; q char [M, q_stride] (CODES_I8), q scales float
//           [M, H]; the layer's cache in layout KV_GPU: keys char, key scales float, values char,
//           value scales float
// Args:     struct linear_w8a8_quantize_qkv_args; no groups along K
// Launch:   persistent: as many work-groups as are resident, or tiles; 640 items, two teams that take
//           turns at tiles of 128 x 128 (_few: 256 items, one team, 64 x 64). The head size is in the
//           name: 64, or _d32, _d128
// Variants: the composition linear_w8a8, quantize_qkv runs everywhere
// Source:   warp-specialized persistent products as in CUTLASS
#include "abi/linear_w8a8_quantize_qkv.h"
#include "common/linear_wgmma.h"

#define BAND 8  // tiles of rows that go through all outputs together

struct linear_w8a8_quantize_qkv_wgmma_outputs {
  global char* q;
  global float* q_scales;
  global char* keys;
  global float* key_scales;
  global char* values;
  global float* value_scales;
};

// Where a row's key and value go: the cache block, and the slot in it.
static inline int2 linear_w8a8_quantize_qkv_wgmma_place(
    const int row, global const struct sequence_entry* sequences, global const int* block_table,
    global const int* row_sequence) {
  const struct sequence_entry sequence = sequences[row_sequence[row]];
  const int position = sequence.position + (row - sequence.row);
  return (int2)(block_table[sequence.blocks + position / KEY_BLOCK], position % KEY_BLOCK);
}

// One row's D elements of one head, held by four items: scale and codes. `values` are floats as
// bits, those of a row 4 apart for each 8 columns.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_head(
    const int* values, const uint largest, const int size, const int row, const int part,
    const int head, const int2 place, const struct linear_w8a8_quantize_qkv_wgmma_outputs out,
    const struct quantize_qkv_args* a) {
  float r, scale;
  zcl_quant_scale(largest, &r, &scale);
  const bool first = get_local_id(0) % 4 == 0;
  const size_t block = (size_t)place.x * a->heads + head;
  const int slot = place.y;
  if (first) {
    if (part == 0) out.q_scales[(size_t)row * a->heads + head] = scale;
    else (part == 1 ? out.key_scales : out.value_scales)[block * KEY_BLOCK + slot] = scale;
  }
  // Where column d of the row lies: q d, keys d / 16 * 16 slots + d % 16, values d * 16 bytes on.
  global char* const codes =
      part == 0   ? out.q + (size_t)row * a->q_stride + head * size + wgmma_column()
      : part == 1 ? out.keys + block * KV_PADDED_PART(size) + KV_GPU_I8_KEY(slot, wgmma_column())
                  : out.values + block * KV_PADDED_PART(size) +
                        KV_GPU_I8_VALUE(slot, wgmma_column(), size);
  const int value_step = KV_GPU_I8_VALUE(0, 1, size) - KV_GPU_I8_VALUE(0, 0, size);
  const int pair_step = part == 2 ? 8 * value_step : 8;
  const int next_sixteen = part == 1 ? KV_GPU_I8_KEY(0, 16) - 16 : 0;
#pragma unroll
  for (int j = 0; j < size / 8; ++j) {
    int low = zcl_quant_code(as_float(values[4 * j]), r);
    const int high = zcl_quant_code(as_float(values[4 * j + 1]), r);
    global char* const to = codes + j * pair_step + j / 2 * next_sixteen;
    if (part == 2) {
      to[0] = (char)low;
      to[value_step] = (char)high;
      continue;
    }
    if (part == 0)
      low = ZCL_ELEMENT_I(low, (size_t)row * a->heads * size + head * size + 8 * j + wgmma_column());
    *(global ushort*)to = (ushort)((low & 0xff) | (high << 8));
  }
}

// A consumer group.
static inline __attribute__((always_inline)) void linear_w8a8_quantize_qkv_wgmma_consume(
    int* sums, struct wgmma_ring ring, const struct wgmma_shape shape, const int size,
    local float4* all_pairs,
    global const float* xs, global const float* ws, global const float* bias,
    global const struct sequence_entry* sequences, global const int* block_table,
    global const int* row_sequence, const struct linear_w8a8_quantize_qkv_wgmma_outputs out,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct linear_w8a8_args a = args.linear;
  const int group = wgmma_team_group(shape), last = a.rows - 1;
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  local float4* const pairs =
      all_pairs + (int)get_local_id(0) / WGMMA_ITEMS * WGMMA_PAIRS(shape.outputs);
  for (int t = wgmma_first_tile(shape); t < tiles; t += wgmma_tile_step(shape)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, a.rows, a.outputs, BAND);
    const int m = tile.m + wgmma_row(group);
    const float upper = ZCL_SCALE(xs[min(m, last)]), lower = ZCL_SCALE(xs[min(m + 8, last)]);
    const float4 mine = wgmma_fetch_pair(ws, bias, a.has_bias, tile.n, a.outputs);
    wgmma_sums(sums, &ring, shape, group, wgmma_steps(a.inputs));
    wgmma_share_pairs(pairs, mine, shape);
    const int2 upper_place = linear_w8a8_quantize_qkv_wgmma_place(min(m, last), sequences,
                                                                  block_table, row_sequence);
    const int2 lower_place = linear_w8a8_quantize_qkv_wgmma_place(min(m + 8, last), sequences,
                                                                  block_table, row_sequence);
#pragma unroll
    for (int h = 0; h < shape.outputs / size; ++h) {
      const int n0 = tile.n + h * size;
      int* const values = sums + h * (size / 2);
      uint top = 0, bottom = 0;
#pragma unroll
      for (int j = 0; j < size / 8; ++j) {
        const float4 pair = wgmma_shared_pair(pairs, h * size / 8 + j);
        const float2 y = wgmma_scaled(values[4 * j], values[4 * j + 1], upper, pair);
        const float2 z = wgmma_scaled(values[4 * j + 2], values[4 * j + 3], lower, pair);
        top = max(top, max(zcl_abs_bits(y.x), zcl_abs_bits(y.y)));
        bottom = max(bottom, max(zcl_abs_bits(z.x), zcl_abs_bits(z.y)));
        values[4 * j] = as_int(y.x);
        values[4 * j + 1] = as_int(y.y);
        values[4 * j + 2] = as_int(z.x);
        values[4 * j + 3] = as_int(z.y);
      }
      top = wgmma_quad_max(top);
      bottom = wgmma_quad_max(bottom);
      const int part = n0 / (args.qkv.heads * size), head = n0 / size % args.qkv.heads;
      if (n0 < a.outputs && m < a.rows)
        linear_w8a8_quantize_qkv_wgmma_head(values, top, size, m, part, head, upper_place, out,
                                            &args.qkv);
      if (n0 < a.outputs && m + 8 < a.rows)
        linear_w8a8_quantize_qkv_wgmma_head(values + 2, bottom, size, m + 8, part, head,
                                            lower_place, out, &args.qkv);
    }
  }
}

// One kernel for each tile and head size: local memory and registers must be constants of it.
kernel __attribute__((reqd_work_group_size(640, 1, 1)))
void linear_w8a8_quantize_qkv_wgmma(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {128, 128, 6, true};
  local char data[6 * WGMMA_STAGE(128, 128)] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(6)];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    const struct linear_w8a8_quantize_qkv_wgmma_outputs out = {q,          q_scales, keys,
                                                               key_scales, values,   value_scales};
    linear_w8a8_quantize_qkv_wgmma_consume(sums, ring, shape, 64, pairs, xs, ws, bias,
                                           sequences, block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(640, 1, 1)))
void linear_w8a8_quantize_qkv_wgmma_d32(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {128, 128, 6, true};
  local char data[6 * WGMMA_STAGE(128, 128)] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(6)];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    const struct linear_w8a8_quantize_qkv_wgmma_outputs out = {q,          q_scales, keys,
                                                               key_scales, values,   value_scales};
    linear_w8a8_quantize_qkv_wgmma_consume(sums, ring, shape, 32, pairs, xs, ws, bias,
                                           sequences, block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(640, 1, 1)))
void linear_w8a8_quantize_qkv_wgmma_d128(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {128, 128, 6, true};
  local char data[6 * WGMMA_STAGE(128, 128)] __attribute__((aligned(1024)));
  local ulong barriers[WGMMA_BARRIERS(6)];
  local float4 pairs[2 * 128 / WGMMA_ROWS * WGMMA_PAIRS(128)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_few_registers_of_teams();
    wgmma_produce(ring, shape, BAND, x, w, args.linear);
  } else {
    wgmma_many_registers_of_teams();
    int sums[64];
    const struct linear_w8a8_quantize_qkv_wgmma_outputs out = {q,          q_scales, keys,
                                                               key_scales, values,   value_scales};
    linear_w8a8_quantize_qkv_wgmma_consume(sums, ring, shape, 128, pairs, xs, ws, bias,
                                           sequences, block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void linear_w8a8_quantize_qkv_wgmma_few(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {64, 64, 6};
  local char data[6 * WGMMA_STAGE(64, 64)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  local float4 pairs[64 / WGMMA_ROWS * WGMMA_PAIRS(64)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, BAND, x, w, args.linear);
  } else {
    int sums[32];
    const struct linear_w8a8_quantize_qkv_wgmma_outputs out = {q,          q_scales, keys,
                                                               key_scales, values,   value_scales};
    linear_w8a8_quantize_qkv_wgmma_consume(sums, ring, shape, 64, pairs, xs, ws, bias,
                                           sequences, block_table, row_sequence, out, args);
  }
}

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void linear_w8a8_quantize_qkv_wgmma_few_d32(
    global const char* restrict x, global const float* restrict xs, global const char* restrict w,
    global const float* restrict ws, global const float* restrict bias,
    global const struct sequence_entry* restrict sequences, global const int* restrict block_table,
    global const int* restrict row_sequence, global char* restrict q,
    global float* restrict q_scales, global char* restrict keys, global float* restrict key_scales,
    global char* restrict values, global float* restrict value_scales,
    const struct linear_w8a8_quantize_qkv_args args) {
  const struct wgmma_shape shape = {64, 64, 6};
  local char data[6 * WGMMA_STAGE(64, 64)] __attribute__((aligned(1024)));
  local ulong barriers[2 * 6];
  local float4 pairs[64 / WGMMA_ROWS * WGMMA_PAIRS(64)];
  const struct wgmma_ring ring = wgmma_ring_init(data, barriers, shape);
  if (wgmma_copies(shape)) {
    wgmma_produce(ring, shape, BAND, x, w, args.linear);
  } else {
    int sums[32];
    const struct linear_w8a8_quantize_qkv_wgmma_outputs out = {q,          q_scales, keys,
                                                               key_scales, values,   value_scales};
    linear_w8a8_quantize_qkv_wgmma_consume(sums, ring, shape, 32, pairs, xs, ws, bias,
                                           sequences, block_table, row_sequence, out, args);
  }
}
