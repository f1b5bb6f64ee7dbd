// Operator: attention_f16_n16f25 (NUMERICS.md 3.24), variant for Hopper's tensor cores
// What:     as attention_f16_n16f25.cl; each mma is one fused sum of 16 products
// Buffers:  q ushort [M, H*D]; the layer's f16 cache in layout KV_GPU: keys, values; sequences
// struct
//           sequence_entry [S], block table int, tiles struct sequence_tile (ATTENTION_MMA_ROWS); y
//           ushort [M, H*D] in either layout
// Args:     struct attention_f16_n16f25_args; not causal; D is 32 or 64 (_mma), 128 (_mma_wide)
// Launch:   one work-group of 128 items a tile and head: (128 * tiles * H)
// Variants: GPU shape attention_f16_n16f25.group.cl, which serves all
// Source:   FlashAttention-2, arXiv 2307.08691: scores stay in the registers that the second
// product
//           reads
// Not here: causal attention: a key that a query does not see may be infinite, and infinity times
//           weight 0 is NaN
#include "abi/attention_f16_n16f25.h"
#include "common/attention_mma.h"
#include "common/attention_tile.h"
#include "common/nvidia_f16.h"

#define GROUPS ATTENTION_MMA_GROUPS  // of eight keys
#define CHUNKS (KEY_BLOCK / 16)      // of 16 keys: products of weights and values
#define ITEMS 128
// Loops over `steps` run to this and ask: compilers unroll before they inline.
#define MOST_STEPS 8
#define MOST_TILES (2 * MOST_STEPS)

// A block in local memory. Keys as in the cache, [D/16][slot][16]: eight lanes with different g
// read 256 bytes. Values [4 quarters][D][16]: the shifts between quarters let two g and four q
// reach all banks. Bytes:
#define KEYS_BYTES(steps) ((steps)*16 * KEY_BLOCK * 2)
#define QUARTER(q, steps) ((q) * (steps)*16 * 32 + (q) % 2 * 16 + (q) / 2 * 64)
#define STAGE(steps) (KEYS_BYTES(steps) + QUARTER(4, steps))

// Asks for a block's keys and values of one head.
static inline __attribute__((always_inline)) void attention_f16_n16f25_mma_fetch(
    global const ushort* keys, global const ushort* values, local char* to, const int steps) {
  const int item = get_local_id(0);
  local char* const value_to = to + KEYS_BYTES(steps);
#pragma unroll
  for (int n = 0; n < KEYS_BYTES(MOST_STEPS) / 16 / ITEMS; ++n) {
    if (n >= KEYS_BYTES(steps) / 16 / ITEMS) continue;
    const int i = n * ITEMS + item, quarter = i / (steps * 32), piece = i % (steps * 32);
    nvidia_copy16(to + i * 16, keys + i * 8);
    nvidia_copy16(value_to + QUARTER(quarter, steps) + piece * 16, values + i * 8);
  }
}

// Zeros in place of the values from slot `here` on, whatever the cache holds there.
static inline __attribute__((always_inline)) void attention_f16_n16f25_mma_clear(local char* values,
                                                                                 const int here,
                                                                                 const int steps) {
  const int item = get_local_id(0);
  for (int n = 0; n < steps * 16 * KEY_BLOCK / ITEMS; ++n) {
    const int i = n * ITEMS + item, quarter = i / (steps * 256), rest = i % (steps * 256);
    const int place = rest % 16, slot = place / 2 * 8 + quarter * 2 + place % 2;
    if (slot >= here) *(local ushort*)(values + QUARTER(quarter, steps) + rest * 2) = 0;
  }
}

// x of the block's keys. Within 16 the order of d is free: a lane takes four that lie together.
static inline __attribute__((always_inline)) void attention_f16_n16f25_mma_scores(
    const struct attention_mma_lane lane, uint a[][4], local const char* keys, const int steps,
    const float scale, float x[][4]) {
#pragma unroll
  for (int j = 0; j < GROUPS; ++j) {
    float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
    for (int s = 0; s < MOST_STEPS; ++s) {
      if (s >= steps) continue;
      const uint2 k =
          *(local const uint2*)(keys + (s * KEY_BLOCK + 8 * j + lane.g) * 32 + lane.q * 8);
      nvidia_mma_f16(a[s], k.x, k.y, sum, sum);
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) x[j][i] = sum[i] * scale;
  }
}

// f16(p) of the block's keys as factors e [chunk][4]; m and l of the lane's row go on; old and gain
// are the factors of o = fma(o, old, O * gain). Keys from `seen` on are not there. exp2_finite
// makes FLT_MAX or more of a NaN, so that a sum tells it: weights are at most 1. The row's l is NaN
// then, and so is all that is divided by it.
static inline __attribute__((always_inline)) void attention_f16_n16f25_mma_softmax(
    const struct attention_mma_lane lane, const int seen, float x[][4], uint e[][4], float* m,
    float* l, float* old, float* gain) {
  const bool full = seen >= KEY_BLOCK;
  if (!full) {
#pragma unroll
    for (int j = 0; j < GROUPS; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        if (8 * j + 2 * lane.q + i % 2 >= seen) x[j][i] = -INFINITY;
  }
  float largest[2];
  const float mine = attention_mma_largest(lane, x);
  attention_mma_share(lane, mine, largest);
  // One of exp2(m - top) and exp2(mine - top) is 1, top being the larger; or the row is NaN anyway.
  const float step = zcl_exp2(-fabs(*m - mine));
  const float before = mine > *m ? step : 1.0f, fresh = mine > *m ? 1.0f : step;
  *m = fmax(mine, *m);
  float lanes[4] = {0.0f, 0.0f, 0.0f, 0.0f}, sum[2];
#pragma unroll
  for (int j = 0; j < GROUPS; j += 2) {
    float p[8];
#pragma unroll
    for (int i = 0; i < 8; ++i)
      p[i] = nvidia_max_nan(x[j + i / 4][i % 4] - largest[i % 4 / 2], EXP2_MIN);
    vstore8(zcl_exp2_finite_8(vload8(0, p)), 0, p);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      if (!full && 8 * (j + i / 4) + 2 * lane.q + i % 2 >= seen) p[i] = 0.0f;
      lanes[i % 4] += p[i];
    }
    e[j / 2][0] = nvidia_halves(p[0], p[1]);
    e[j / 2][1] = nvidia_halves(p[2], p[3]);
    e[j / 2][2] = nvidia_halves(p[4], p[5]);
    e[j / 2][3] = nvidia_halves(p[6], p[7]);
  }
  sum[0] = lanes[0] + lanes[1];
  sum[1] = lanes[2] + lanes[3];
  float total =
      ATTENTION_MMA_MINE(lane, sum) + nvidia_shuffle_xor(ATTENTION_MMA_OTHERS(lane, sum), 1);
  total += nvidia_shuffle_xor(total, 2);
  if (!(total <= 2.0f * KEY_BLOCK)) total = as_float(CANONICAL_NAN_BITS);
  *l = fma(*l, before, total * fresh);
  attention_mma_share(lane, before, old);
  attention_mma_share(lane, fresh, gain);
}

// o = fma(o, old, O * gain) of all columns.
static inline __attribute__((always_inline)) void attention_f16_n16f25_mma_values(
    const struct attention_mma_lane lane, uint e[][4], local const char* values, const int steps,
    const float* old, const float* gain, float o[][4]) {
  local const char* const mine = values + QUARTER(lane.q, steps) + lane.g * 32;
#pragma unroll
  for (int n = 0; n < MOST_TILES; ++n) {
    if (n >= 2 * steps) continue;
    const uint4 low = *(local const uint4*)(mine + n * 256);
    const uint4 high = *(local const uint4*)(mine + n * 256 + 16);
    const uint v[2 * CHUNKS] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
    float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
    for (int i = 0; i < CHUNKS; ++i) {
      const int c = ZCL_ORDER(i, CHUNKS);
      nvidia_mma_f16(e[c], v[2 * c], v[2 * c + 1], sum, sum);
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) o[n][i] = fma(o[n][i], old[i / 2], sum[i] * gain[i / 2]);
  }
}

// y of a row's columns, four blocks of eight at a time: see nvidia_quad_transpose. All lanes call
// it.
static inline __attribute__((always_inline)) void attention_f16_n16f25_mma_store(
    const struct attention_mma_lane lane, float o[][4], const float* inverse,
    const struct zcl_tile tile, const int head, const int steps,
    const struct attention_f16_n16f25_args args, global ushort* y) {
  const int size = 16 * steps, width = args.heads * size;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int row = lane.g + 8 * r, m = (int)tile.row + row;
    const bool there = row < tile.rows;
#pragma unroll
    for (int n = 0; n < MOST_TILES; n += 4) {
      if (n >= 2 * steps) continue;
      uint words[4];
#pragma unroll
      for (int i = 0; i < 4; ++i)
        words[i] = nvidia_halves(o[n + i][2 * r] * inverse[r], o[n + i][2 * r + 1] * inverse[r]);
      const int column = head * size + 8 * n;
      words[0] = ZCL_ELEMENT_I(words[0], (size_t)m * width + column + 2 * lane.q);
      const uint4 piece =
          nvidia_quad_transpose((uint4)(words[0], words[1], words[2], words[3]), lane.q);
      if (there)
        *(global uint4*)(y + F16_INDEX(args.y.layout, m, column + 8 * lane.q, args.y.stride)) =
            piece;
    }
    const int padding = width + 8 * lane.q;
    if (there && head == args.heads - 1 && padding < args.y.stride)
      *(global uint4*)(y + F16_INDEX(args.y.layout, m, padding, args.y.stride)) = (uint4)(0);
  }
}

// The warp's tile of the work-group's rows; it may have none.
static inline struct zcl_tile attention_f16_n16f25_mma_part(const struct zcl_tile group) {
  const int warp = (int)get_local_id(0) / NVIDIA_WARP;
  const int begin =
      group.position / ATTENTION_MMA_ROWS * ATTENTION_MMA_ROWS + warp * ATTENTION_ROWS_GPU;
  const int first = max(begin, group.position);
  struct zcl_tile tile = group;
  tile.rows = min(begin + ATTENTION_ROWS_GPU, group.position + group.rows) - first;
  tile.position = first;
  tile.row = group.row + (first - group.position);
  return tile;
}

// A work-group's rows and head, D = 16 * steps.
static inline __attribute__((always_inline)) void attention_f16_n16f25_mma_rows(
    global const ushort* q, global const ushort* keys, global const ushort* values,
    const struct zcl_tile group, const int head, const int steps,
    const struct attention_f16_n16f25_args args, local char* memory, global ushort* y) {
  const int item = (int)get_local_id(0) % NVIDIA_WARP, size = 16 * steps;
  const struct attention_mma_lane lane = {item / 4, item % 4, item % 2 != 0};
  const struct zcl_tile tile = attention_f16_n16f25_mma_part(group);
  const bool works = tile.rows > 0;
  uint a[MOST_STEPS][4], e[CHUNKS][4];
  float o[MOST_TILES][4], m = -INFINITY, l = 0.0f;
  if (works) {
    // Rows past the last repeat it.
    const size_t row0 = tile.row + min(lane.g, tile.rows - 1);
    const size_t row1 = tile.row + min(lane.g + 8, tile.rows - 1);
    global const ushort* const at0 = q + row0 * args.heads * size + head * size + 4 * lane.q;
    global const ushort* const at1 = q + row1 * args.heads * size + head * size + 4 * lane.q;
#pragma unroll
    for (int s = 0; s < MOST_STEPS; ++s) {
      if (s >= steps) continue;
      const uint2 upper = *(global const uint2*)(at0 + 16 * s);
      const uint2 lower = *(global const uint2*)(at1 + 16 * s);
      a[s][0] = upper.x, a[s][1] = lower.x, a[s][2] = upper.y, a[s][3] = lower.y;
    }
  }
#pragma unroll
  for (int n = 0; n < MOST_TILES; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) o[n][i] = 0.0f;
  const int part = KV_PADDED_PART(16 * steps);
  size_t block = ((size_t)group.blocks[0] * args.heads + head) * part;
  attention_f16_n16f25_mma_fetch(keys + block, values + block, memory, steps);
  int stage = 0;
  for (int first = 0; first < group.keys; first += KEY_BLOCK) {
    const int next = first + KEY_BLOCK, here = group.keys - first;
    local char* const now = memory + stage * STAGE(steps);
    nvidia_copies_wait();
    barrier(CLK_LOCAL_MEM_FENCE);
    stage = 1 - stage;
    if (next < group.keys) {
      block = ((size_t)group.blocks[next / KEY_BLOCK] * args.heads + head) * part;
      attention_f16_n16f25_mma_fetch(keys + block, values + block, memory + stage * STAGE(steps),
                                     steps);
    }
    if (here < KEY_BLOCK) {
      attention_f16_n16f25_mma_clear(now + KEYS_BYTES(steps), here, steps);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (works) {
      float x[GROUPS][4], old[2], gain[2];
      attention_f16_n16f25_mma_scores(lane, a, now, steps, args.scale, x);
      attention_f16_n16f25_mma_softmax(lane, here, x, e, &m, &l, old, gain);
      attention_f16_n16f25_mma_values(lane, e, now + KEYS_BYTES(steps), steps, old, gain, o);
    }
  }
  if (!works) return;
  float inverse[2];
  attention_mma_share(lane, 1.0f / l, inverse);
  attention_f16_n16f25_mma_store(lane, o, inverse, tile, head, steps, args, y);
}

kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void attention_f16_n16f25_mma(
    global const ushort* restrict q, global const ushort* restrict keys,
    global const ushort* restrict values, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const struct sequence_tile* restrict tiles,
    global ushort* restrict y, const struct attention_f16_n16f25_args args) {
  local uint4 memory[2 * STAGE(4) / 16];
  const int head = (int)get_group_id(0) % args.heads;
  const struct zcl_tile group =
      zcl_tile_of(tiles[get_group_id(0) / args.heads], ATTENTION_MMA_ROWS, sequences, block_table);
  local char* const at = (local char*)memory;
  if (args.head_size == 64)
    attention_f16_n16f25_mma_rows(q, keys, values, group, head, 4, args, at, y);
  else
    attention_f16_n16f25_mma_rows(q, keys, values, group, head, 2, args, at, y);
}

kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void attention_f16_n16f25_mma_wide(
    global const ushort* restrict q, global const ushort* restrict keys,
    global const ushort* restrict values, global const struct sequence_entry* restrict sequences,
    global const int* restrict block_table, global const struct sequence_tile* restrict tiles,
    global ushort* restrict y, const struct attention_f16_n16f25_args args) {
  local uint4 memory[2 * STAGE(8) / 16];
  const int head = (int)get_group_id(0) % args.heads;
  const struct zcl_tile group =
      zcl_tile_of(tiles[get_group_id(0) / args.heads], ATTENTION_MMA_ROWS, sequences, block_table);
  attention_f16_n16f25_mma_rows(q, keys, values, group, head, 8, args, (local char*)memory, y);
}
