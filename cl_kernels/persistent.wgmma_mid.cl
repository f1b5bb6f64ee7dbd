// Scheduler: as persistent.wgmma.cl, for batches of some hundred to two thousand tokens
// What:     runs the steps of a table in order, those of an encoder's layers; between two steps all
//           work-groups meet. One group of items copies for all products and is a step ahead: the
//           weights of a product come while others still compute its rows
// Buffers:  as persistent.wgmma.cl
// Args:     struct persistent_args
// Launch:   PERSISTENT_MID_ITEMS items; no more work-groups than compute units, one each, so that
//           all are resident
// Variants: launching each step runs everywhere and gives the same bits
// Source:   as persistent.wgmma.cl; warp-specialized products as in CUTLASS
#include "abi/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "common/layer_norm_f16_warp_rows.h"
#include "common/persistent_attention.h"
#include "common/persistent_meeting.h"
#include "common/persistent_mid.h"
#include "common/persistent_mid_outputs.h"
#include "linear_w8a8_add_layer_norm_f16_quantize.wgmma.cl"

#define MID_STEPS \
  4  // in local memory: a step, the one before, those that the copying item knows of
#define MID_TEAMS (MID_CONSUMERS / ATTENTION_TEAM_ITEMS)
#define MID_ATTENTION (ATTENTION_SIDES * ATTENTION_I8_MMA_MEMORY)  // of a team, by uint4

struct mid_attention {
  uint4 memory[MID_ATTENTION];
  float4 rows[ATTENTION_SIDES_ROWS];
  int4 sums[ATTENTION_SIDES_SUMS];
};
// Attention lies where the stages of products do.
union mid_data {
  char stages[MID_DATA];
  struct mid_attention attention[MID_TEAMS];
};
struct mid_memory {
  union mid_data data;
  float4 pairs[MID_GROUPS * WGMMA_PAIRS(MID_PART)];
  float vectors[2 * LINEAR_NORM_LIMIT];  // gamma and beta of a norm
  struct step steps[MID_STEPS];
  ulong ring[2 * MID_STAGES];
  ulong fetched[MID_STEPS];  // an entry of the table is here
  ulong met;                 // of each step: all work-groups have ended the one before
  ulong left;                // of each step: the consumer groups need its `data` no more
  ulong vectors_here;
  uint places[MID_GROUPS][MID_PART];  // of a part's rows in the cache: block * KEY_BLOCK + slot
};

// Norms the work-group's share of 64 rows when all parts of these have come, a warp a row.
// `groups`, of which this is the `group`-th, share them out.
static inline __attribute__((always_inline)) void mid_norm_rows(
    const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at, global uint* arrived,
    const int first, const int end, const int group, const int groups,
    const struct linear_w8a8_add_layer_norm_f16_quantize_args args, const int pieces,
    const bool whole) {
  const int item = wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS, warps = WGMMA_ITEMS / 32;
  struct layer_norm_f16_warp_rows rows = {1,
                                          pieces,
                                          whole,
                                          first + group * warps + item / 32,
                                          groups * warps,
                                          end,
                                          whole ? SUM_LANES * pieces : args.linear.outputs,
                                          item % 32 * 8};
  int4 residual[LAYER_NORM_WARP_HELD], product[LAYER_NORM_WARP_HELD];
  if (rows.m < end) layer_norm_f16_warp_rows_read(residual, rows, at.residual);
  if (item == 0) nvidia_await(arrived, CODES_TILES_STRIDE(args.linear.outputs) / MID_PART);
  wgmma_group_sync();
  wgmma_wait(at.vectors, at.vectors_parity);
  if (rows.m >= end) return;
  layer_norm_f16_warp_rows_read(product, rows, at.product);
  while (true) {
    struct layer_norm_f16_warp_rows next = rows;
    next.m += rows.step;
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_norm(product, residual, rows, next, at, args);
    if (next.m >= end) return;
    rows.m = next.m;
  }
}

// add_layer_norm_f16_quantize of a part: the first of the groups with the same outputs stores them
// as halves, then all groups norm. Meetings end as those of
// linear_w8a8_add_layer_norm_f16_quantize.wgmma.cl do.
static inline __attribute__((always_inline)) void mid_norm(
    const int* sums, const struct mid_outputs part, const struct wgmma_tile tile,
    const struct mid_shape shape, const bool stores, local const struct step* step,
    local const struct mid_memory* memory, const uint vectors_parity) {
  const struct linear_w8a8_add_layer_norm_f16_quantize_args a =
      STEP_STRUCT(linear_w8a8_add_layer_norm_f16_quantize_args);
  const struct linear_w8a8_add_layer_norm_f16_quantize_wgmma_memory at = {
      STEP_AT(const ushort, 5), memory->vectors,     nvidia_local_address(&memory->vectors_here),
      STEP_AT(ushort, 9),       STEP_AT(ushort, 10), STEP_AT(char, 11),
      STEP_AT(float, 12),       vectors_parity};
  global uint* const arrived = STEP_AT(uint, 8) + a.meeting_turn * MEETING_WORDS(a.meeting_rows) +
                               a.meeting_rows + part.m / MEETING_ROWS;
  if (stores) {
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_store(
        sums, MID_PART, false, part.m + wgmma_row(0), part.n, part.upper, part.lower, part.pairs,
        at.product, a.linear);
    wgmma_group_sync();
    if (get_local_id(0) % WGMMA_ITEMS == 0) nvidia_arrive(arrived);
  }
  // Groups with the same 64 rows, and which of them this is.
  const int groups = MID_GROUPS / shape.down, group = mid_group() % groups;
  const int across = mid_across(a.linear.outputs) / shape.across;
  const int turn = tile.n / (shape.across * MID_PART);
  const int first = part.m + MID_PART * turn / across;
  const int end = min(part.m + MID_PART * (turn + 1) / across, a.linear.rows);
  if (a.linear.outputs == SUM_LANES * 3)
    mid_norm_rows(at, arrived, first, end, group, groups, a, 3, true);
  else if (a.linear.outputs == SUM_LANES * 4)
    mid_norm_rows(at, arrived, first, end, group, groups, a, 4, true);
  else
    mid_norm_rows(at, arrived, first, end, group, groups, a, 4, false);
}

static inline bool mid_is_norm(const int kind) {
  return kind == STEP_LINEAR_W8A8_ADD_LAYER_NORM_F16_QUANTIZE ||
         kind == STEP_LINEAR_W8A8_ADD_LAYER_NORM_F16_QUANTIZE_WIDE;
}
static inline bool mid_is_attention(const int kind) {
  return kind == STEP_ATTENTION_I8_QUANTIZE_TOKENS || kind == STEP_ATTENTION_I8_QUANTIZE_TOKENS_D32;
}

// What consumers keep from step to step: parities of the ring, and that of the next vectors.
struct mid_kept {
  uint ring, vectors;
};

// All work-groups have ended the step before.
static inline void mid_await(local const struct mid_memory* memory, const int number) {
  wgmma_wait(nvidia_local_address(&memory->met), (uint)number & 1);
}
// The consumer group needs `data` no more in this step.
static inline void mid_leave(local const struct mid_memory* memory) {
  wgmma_group_sync();
  if (get_local_id(0) % WGMMA_ITEMS == 0) wgmma_arrive(nvidia_local_address(&memory->left));
}

// Words of the half of the meeting's memory that the next launch uses.
static inline void mid_clear(local const struct step* step) {
  const int kind = step->kind;
  if (kind == STEP_LINEAR_W8A8_QUANTIZE_QKV || kind == STEP_LINEAR_W8A8_QUANTIZE_QKV_D32) return;
  const bool norm = mid_is_norm(kind);
  const struct linear_w8a8_add_layer_norm_f16_quantize_args n =
      STEP_STRUCT(linear_w8a8_add_layer_norm_f16_quantize_args);
  const struct linear_w8a8_gelu_quantize_args g = STEP_STRUCT(linear_w8a8_gelu_quantize_args);
  const int words = MEETING_WORDS(norm ? n.meeting_rows : g.meeting_rows);
  const int turn = norm ? n.meeting_turn : g.meeting_turn;
  persistent_clear(STEP_AT(uint, norm ? 8 : 5) + (1 - turn) * words, words, MID_CONSUMERS);
}

// What a consumer group does when the sums of its part of tile t are known. Computed anew from the
// step, so that no registers hold it through the products.
static inline __attribute__((always_inline)) void mid_finish(int* sums, const int t,
                                                             const float upper, const float lower,
                                                             local const struct step* step,
                                                             local const struct mid_memory* memory,
                                                             const uint vectors_parity) {
  const int rows = STEP_STRUCT(linear_w8a8_args).rows,
            outputs = STEP_STRUCT(linear_w8a8_args).outputs;
  const struct mid_shape shape = mid_shape_of(rows, outputs);
  const struct wgmma_tile tile = mid_tile_of(t, shape, outputs);
  const struct mid_part place = mid_part_of(shape);
  const struct mid_outputs part = {tile.m + place.row * MID_PART, tile.n + place.column * MID_PART,
                                   upper, lower,
                                   memory->pairs + mid_group() * WGMMA_PAIRS(MID_PART)};
  if (mid_is_norm(step->kind))
    return mid_norm(sums, part, tile, shape, place.first == 0, step, memory, vectors_parity);
  if (place.first > 0) return;
  switch (step->kind) {
    case STEP_LINEAR_W8A8_GELU_QUANTIZE:
      return mid_gelu_quantize(sums, part, step, WGMMA_GELU_ERF);
    case STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH:
      return mid_gelu_quantize(sums, part, step, WGMMA_GELU_TANH);
    case STEP_LINEAR_W8A8_QUANTIZE_QKV:
      return mid_quantize_qkv(sums, part, memory->places[mid_group()], step, 64);
    case STEP_LINEAR_W8A8_QUANTIZE_QKV_D32:
      return mid_quantize_qkv(sums, part, memory->places[mid_group()], step, 32);
  }
}

// What a consumer group knows of tile t before its rows of x are there: scales and biases of its
// outputs, and where rows go in the cache. Nobody reads those of the tile before any more when
// all have come here.
static inline void mid_prepare(const int t, const struct mid_shape shape,
                               local const struct step* step, local struct mid_memory* memory) {
  const struct linear_w8a8_args a = STEP_STRUCT(linear_w8a8_args);
  const struct wgmma_tile tile = mid_tile_of(t, shape, a.outputs);
  const struct mid_part part = mid_part_of(shape);
  const int item = wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS, group = mid_group();
  const bool qkv = step->kind == STEP_LINEAR_W8A8_QUANTIZE_QKV ||
                   step->kind == STEP_LINEAR_W8A8_QUANTIZE_QKV_D32;
  const float4 pair = wgmma_fetch_pair(STEP_AT(const float, 3), STEP_AT(const float, 4), a.has_bias,
                                       tile.n + part.column * MID_PART, a.outputs);
  const uint found =
      qkv ? mid_find_place(min(tile.m + (part.row * MID_PART + item % MID_PART), a.rows - 1), step)
          : 0;
  wgmma_group_sync();
  if (item < MID_PART) memory->places[group][item] = found;
  wgmma_share_pairs(memory->pairs + group * WGMMA_PAIRS(MID_PART), pair, wgmma_few());
}

// A consumer group's parts of the work-group's tiles.
static inline __attribute__((always_inline)) void mid_consume(private struct mid_kept* kept,
                                                              local struct mid_memory* memory,
                                                              local const struct step* step,
                                                              const int number) {
  const struct linear_w8a8_args a = STEP_STRUCT(linear_w8a8_args);
  const struct mid_shape shape = mid_shape_of(a.rows, a.outputs);
  const struct mid_ring ring = mid_ring_of(memory->data.stages, memory->ring, kept->ring);
  const int first = get_group_id(0), tiles = mid_tiles(shape, a.rows, a.outputs);
  struct mid_place place = {0, 0};
  if (first < tiles) mid_prepare(first, shape, step, memory);
  mid_await(memory, number);
  mid_clear(step);
  if (first >= tiles) return mid_leave(memory);
  for (int t = first; t < tiles; t += get_num_groups(0)) {
    const struct mid_part part = mid_part_of(shape);
    const int m = mid_tile_of(t, shape, a.outputs).m + part.row * MID_PART + wgmma_row(0);
    if (t != first) mid_prepare(t, shape, step, memory);
    const float upper = ZCL_SCALE(STEP_AT(const float, 1)[min(m, a.rows - 1)]);
    const float lower = ZCL_SCALE(STEP_AT(const float, 1)[min(m + 8, a.rows - 1)]);
    int sums[MID_SUMS] = {0};
    mid_sums(sums, ring, shape, part, place, wgmma_steps(a.inputs));
    mid_skip(&place, shape, wgmma_steps(a.inputs));
    if (shape.splits > 1)
      mid_join(sums, shape, part,
               memory->data.stages + shape.stages * ((shape.down + shape.across) * MID_PART_BYTES));
    if (t + (int)get_num_groups(0) >= tiles) mid_leave(memory);
    mid_finish(sums, wgmma_here(t), upper, lower, step, memory, kept->vectors);
  }
  if (mid_is_norm(step->kind)) kept->vectors ^= 1;
  kept->ring = mid_passed(kept->ring, shape, place);
}

static inline __attribute__((always_inline)) void mid_attend(local struct mid_memory* memory,
                                                             local const struct step* step,
                                                             const int number, const int size) {
  local struct mid_attention* const mine = memory->data.attention + persistent_attention_team();
  const struct persistent_attention_work work = persistent_attention_begin(step, MID_TEAMS, size);
  mid_await(memory, number);
  persistent_attention_run(step, work, MID_TEAMS,
                           persistent_sides_of(mine->memory, mine->rows, mine->sums), size);
  mid_leave(memory);
}

static inline __attribute__((always_inline)) void mid_step(private struct mid_kept* kept,
                                                           local struct mid_memory* memory,
                                                           const int number) {
  local const struct step* const step = &memory->steps[number % MID_STEPS];
  wgmma_wait(nvidia_local_address(memory->fetched) + 8 * (number % MID_STEPS),
             (uint)(number / MID_STEPS) & 1);
  switch (step->kind) {
    case STEP_ATTENTION_I8_QUANTIZE_TOKENS:
      return mid_attend(memory, step, number, 64);
    case STEP_ATTENTION_I8_QUANTIZE_TOKENS_D32:
      return mid_attend(memory, step, number, 32);
    default:
      return mid_consume(kept, memory, step, number);
  }
}

// Every consumer.
static inline __attribute__((always_inline)) void mid_walk(local struct mid_memory* memory,
                                                           global uint* counter, global uint* times,
                                                           const struct persistent_args args) {
  struct mid_kept kept = {0, 0};
  const int groups = get_num_groups(0);
  int i = 0;
  // What looks like a second way into the loop keeps compilers from computing ahead of it what all
  // steps need of an item's number: that would live, or lie in memory, through all other steps.
  if (nvidia_never()) goto meet;
next:
  mid_step(&kept, memory, i);
meet:
  if (i + 1 == args.count && !times) return;
  nvidia_barrier(MID_BARRIER, MID_CONSUMERS);
  if (get_local_id(0) == 0) {
    if (times)
      times[STEP_TIMES * (i * groups + (int)get_group_id(0)) + STEP_TIME_END] = nvidia_clock();
    nvidia_arrive(counter);
  }
  if (++i < args.count) goto next;
}

static inline void mid_fetch(local struct mid_memory* memory, global const struct step* steps,
                             const int i) {
  const uint barrier = nvidia_local_address(memory->fetched) + 8 * (i % MID_STEPS);
  wgmma_arrive_expect(barrier, sizeof(struct step));
  wgmma_load(nvidia_local_address(&memory->steps[i % MID_STEPS]), (global const char*)(steps + i),
             sizeof(struct step), barrier);
}

// gamma and beta.
static inline void mid_load_vectors(local struct mid_memory* memory, global const float* gamma,
                                    global const float* beta, const int outputs) {
  const uint barrier = nvidia_local_address(&memory->vectors_here), bytes = outputs * sizeof(float);
  wgmma_arrive_expect(barrier, 2 * bytes);
  wgmma_load(nvidia_local_address(memory->vectors), (global const char*)gamma, bytes, barrier);
  wgmma_load(nvidia_local_address(memory->vectors + outputs), (global const char*)beta, bytes,
             barrier);
}

// The copying item.
//
// Why it never waits forever: it waits for stages and for `left`, which its own consumers give, in
// order, without it, once what they need is copied; and for the other work-groups' arrivals. See
// persistent_arrive.
static inline void mid_copy(local struct mid_memory* memory, global const struct step* steps,
                            global uint* counter, global uint* times,
                            const struct persistent_args args) {
  const int groups = get_num_groups(0);
  struct mid_ring ring = mid_ring_of(memory->data.stages, memory->ring, 0);
  for (int i = 0; i < min(MID_STEPS - 1, args.count); ++i) mid_fetch(memory, steps, i);
  for (int i = 0; i < args.count; ++i) {
    local const struct step* const step = &memory->steps[i % MID_STEPS];
    wgmma_wait(nvidia_local_address(memory->fetched) + 8 * (i % MID_STEPS),
               (uint)(i / MID_STEPS) & 1);
    const struct linear_w8a8_args a = STEP_STRUCT(linear_w8a8_args);
    const struct mid_shape shape = mid_shape_of(a.rows, a.outputs);
    const bool copies =
        !mid_is_attention(step->kind) && (int)get_group_id(0) < mid_tiles(shape, a.rows, a.outputs);
    if (copies) {
      if (i > 0) wgmma_wait(nvidia_local_address(&memory->left), (uint)(i - 1) & 1);
      wgmma_local_written();  // attention and mid_join have
      mid_produce_early(ring, shape, STEP_AT(const char, 2), a);
    }
    persistent_ask_share(step->ahead, step->ahead_bytes);
    nvidia_await(counter, args.arrivals + (uint)i * (uint)groups);
    wgmma_global_written();
    if (times)
      times[STEP_TIMES * (i * groups + (int)get_group_id(0)) + STEP_TIME_BEGIN] = nvidia_clock();
    wgmma_arrive(nvidia_local_address(&memory->met));
    // This work-group has ended the step before, too: nobody reads its entry.
    if (i + MID_STEPS - 1 < args.count) mid_fetch(memory, steps, i + MID_STEPS - 1);
    if (!copies) continue;
    if (mid_is_norm(step->kind))
      mid_load_vectors(memory, STEP_AT(const float, 6), STEP_AT(const float, 7), a.outputs);
    ring.parities = mid_produce(ring, shape, STEP_AT(const char, 0), STEP_AT(const char, 2), a);
  }
}

// Every item of every work-group. `times`: null, or of STEP_TIMES.
static inline __attribute__((always_inline)) void mid_run(local struct mid_memory* memory,
                                                          global const struct step* steps,
                                                          global uint* counter, global uint* times,
                                                          const struct persistent_args args) {
  if (get_local_id(0) == 0) {
    mid_ring_init(memory->ring);
    for (int i = 0; i < MID_STEPS; ++i)
      wgmma_barrier_init(nvidia_local_address(memory->fetched) + 8 * i, 1);
    wgmma_barrier_init(nvidia_local_address(&memory->met), 1);
    wgmma_barrier_init(nvidia_local_address(&memory->left), MID_GROUPS);
    wgmma_barrier_init(nvidia_local_address(&memory->vectors_here), 1);
    wgmma_barriers_ready();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if ((int)get_local_id(0) >= MID_CONSUMERS) {
    wgmma_few_registers_of_teams();
    if ((int)get_local_id(0) == MID_CONSUMERS) mid_copy(memory, steps, counter, times, args);
  } else {
    wgmma_many_registers_of_teams();
    mid_walk(memory, counter, times, args);
  }
}

kernel __attribute__((reqd_work_group_size(PERSISTENT_MID_ITEMS, 1, 1))) void persistent_wgmma_mid(
    global const struct step* steps, global uint* counter, const struct persistent_args args) {
  local struct mid_memory memory __attribute__((aligned(1024)));
  mid_run(&memory, steps, counter, 0, args);
}

// The same, and how long each step takes. The last step's arrivals count for nothing.
kernel __attribute__((reqd_work_group_size(PERSISTENT_MID_ITEMS, 1, 1))) void
persistent_wgmma_mid_times(global const struct step* steps, global uint* counter,
                           global uint* times, const struct persistent_args args) {
  local struct mid_memory memory __attribute__((aligned(1024)));
  mid_run(&memory, steps, counter, times, args);
}
