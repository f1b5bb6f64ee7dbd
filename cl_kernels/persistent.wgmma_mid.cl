// Scheduler: as persistent.wgmma.cl, for batches of some hundred tokens
// What:     runs the steps of a table in order, those of an encoder's layers; between two steps all
//           work-groups meet. One group of items copies for all products and is a step ahead: the
//           weights of a product come while others still compute its rows
// Buffers:  as persistent.wgmma.cl
// Args:     struct persistent_args
// Launch:   PERSISTENT_MID_ITEMS items; no more work-groups than compute units, one each, so that
//           all are resident
// Variants: launching each step runs everywhere and gives the same bits
// Source:   as persistent.wgmma.cl; warp-specialized products as in CUTLASS
#include "common/gather_rows.h"
#include "common/persistent_attention_units.h"
#include "common/persistent_meeting.h"
#include "common/persistent_mid.h"
#include "common/persistent_mid_norm.h"
#include "common/persistent_mid_outputs.h"

#define MID_STEPS 4  // in local memory: a step, the one before, two that come
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
  float4 pairs[MID_GROUPS][WGMMA_PAIRS(MID_PART)];
  struct mid_norm_memory norms[MID_GROUPS];
  struct step steps[MID_STEPS];
  ulong ring[2 * MID_STAGES];
  ulong fetched[MID_STEPS];           // an entry of the table is here
  ulong met;                          // of each step: all work-groups have ended the one before
  ulong left;                         // of each step: the consumer groups need its `data` no more
  uint places[MID_GROUPS][MID_PART];  // of a part's rows in the cache: block * KEY_BLOCK + slot
  int2 parts[MID_GROUPS];             // first row and output
};

static inline bool mid_is_qkv(const int kind) {
  return kind == STEP_LINEAR_W8A8_QUANTIZE_QKV || kind == STEP_LINEAR_W8A8_QUANTIZE_QKV_D32;
}
static inline bool mid_is_gelu(const int kind) {
  return kind == STEP_LINEAR_W8A8_GELU_QUANTIZE || kind == STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH;
}
// Float results, or the sums that these are made of.
static inline bool mid_is_float(const int kind) {
  return kind == STEP_LINEAR_W8A8 || kind == STEP_LINEAR_W8A8_NARROW ||
         kind == STEP_LINEAR_W8A8_PARTS;
}
static inline bool mid_is_product(const int kind) {
  return mid_is_float(kind) || mid_is_qkv(kind) || mid_is_gelu(kind);
}

// All work-groups have ended the step before.
static inline void mid_await(local const struct mid_memory* memory, const int number) {
  wgmma_wait(nvidia_local_address(&memory->met), (uint)number & 1);
}
// The consumer group needs `data` no more in this step.
static inline void mid_leave(local const struct mid_memory* memory) {
  wgmma_group_sync();
  if (get_local_id(0) % WGMMA_ITEMS == 0) wgmma_arrive(nvidia_local_address(&memory->left));
}

// Clears the half of the meeting's memory that the next launch uses, where the step has one.
static inline void mid_clear(local const struct step* step) {
  if (!mid_is_gelu(step->kind)) return;
  const struct linear_w8a8_gelu_quantize_args a = STEP_STRUCT(linear_w8a8_gelu_quantize_args);
  const int words = MEETING_WORDS(a.meeting_rows);
  persistent_clear(STEP_AT(uint, 5) + (1 - a.meeting_turn) * words, words, MID_CONSUMERS);
}

// What a consumer group does when the sums of its part of a tile are known: of `blocks` of these.
// `second`: they are of the second half of the inputs.
static inline __attribute__((always_inline)) void mid_finish(int* sums, const uint blocks,
                                                             const float upper, const float lower,
                                                             const bool second,
                                                             local const struct step* step,
                                                             local struct mid_memory* memory) {
  const int2 first = memory->parts[mid_group()];
  const struct mid_outputs part = {first.x, first.y, blocks,
                                   upper,   lower,   memory->pairs[mid_group()]};
  switch (step->kind) {
    case STEP_LINEAR_W8A8_GELU_QUANTIZE:
      return mid_gelu_quantize(sums, part, step, WGMMA_GELU_ERF);
    case STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH:
      return mid_gelu_quantize(sums, part, step, WGMMA_GELU_TANH);
    case STEP_LINEAR_W8A8_QUANTIZE_QKV:
      return mid_quantize_qkv(sums, part, memory->places[mid_group()], step, 64);
    case STEP_LINEAR_W8A8_QUANTIZE_QKV_D32:
      return mid_quantize_qkv(sums, part, memory->places[mid_group()], step, 32);
    case STEP_LINEAR_W8A8_PARTS:
      return mid_parts(sums, part, step, second);
    default:
      return mid_float(sums, part, step);
  }
}

// What a consumer group knows of tile t before its rows of x are there: which part it has, scales
// and biases of its outputs, where rows go in the cache. Nobody reads what the tile before had in
// local memory any more when all have come here. Divisions, a hundred clocks each, are done here,
// too.
static inline __attribute__((always_inline)) void mid_prepare(const int t,
                                                              const struct mid_shape shape,
                                                              local const struct step* step,
                                                              local struct mid_memory* memory) {
  const struct linear_w8a8_args a = STEP_STRUCT(linear_w8a8_args);
  const struct wgmma_tile tile = mid_tile_of(t, shape, a.outputs);
  const struct mid_part part = mid_part_of(shape);
  const int item = wgmma_here((int)get_local_id(0)) % WGMMA_ITEMS, group = mid_group();
  const bool qkv = mid_is_qkv(step->kind);
  const struct wgmma_tile mine = {tile.m + part.row * MID_PART, tile.n + part.column * MID_PART};
  const float4 pair = wgmma_fetch_pair(STEP_AT(const float, 3), STEP_AT(const float, 4), a.has_bias,
                                       mine.n, a.outputs);
  const uint found = qkv ? mid_find_place(min(mine.m + item % MID_PART, a.rows - 1), step) : 0;
  wgmma_group_sync();
  if (item == 0) memory->parts[group] = (int2)(mine.m, mine.n);
  if (item < MID_PART) memory->places[group][item] = found;
  wgmma_share_pairs(memory->pairs[group], pair, wgmma_few());
}

// A consumer group's parts of the work-group's tiles.
static inline __attribute__((always_inline)) void mid_consume(private uint* parities,
                                                              local struct mid_memory* memory,
                                                              local const struct step* step,
                                                              const int number) {
  const struct linear_w8a8_args a = STEP_STRUCT(linear_w8a8_args);
  const struct mid_shape shape = mid_shape_of(a.rows, a.outputs);
  const struct mid_ring ring = mid_ring_of(memory->data.stages, memory->ring, *parities);
  const int tiles = mid_tiles(shape, a.rows, a.outputs);
  const int units = tiles << mid_parts_bits(step->kind);
  const int steps = mid_unit_steps(a, step->kind);
  const int stride = mid_stride(shape, tiles, a.outputs, mid_is_gelu(step->kind));
  const int first = mid_first_tile(stride, units);
  struct mid_place place = {0, 0};
  if (first < units) mid_prepare(mid_unit_tile(first, tiles), shape, step, memory);
  mid_await(memory, number);
  mid_clear(step);
  if (first >= units) return mid_leave(memory);
  for (int t = first; t < units; t += stride) {
    const struct mid_part part = mid_part_of(shape);
    if (t != first) mid_prepare(t, shape, step, memory);
    const int m = memory->parts[mid_group()].x + wgmma_row(0);
    const float upper = ZCL_SCALE(STEP_AT(const float, 1)[min(m, a.rows - 1)]);
    const float lower = ZCL_SCALE(STEP_AT(const float, 1)[min(m + 8, a.rows - 1)]);
    int sums[MID_SUMS] = {0};
    mid_sums(sums, ring, shape, part, place, steps);
    mid_skip(&place, shape, steps);
    // Groups that wait for others' rows, or have whole heads, would gain less than they lose.
    const bool shared = mid_is_float(step->kind);
    const uint blocks = mid_blocks_of(shape, part.first, shared);
    if (shape.splits > 1)
      mid_join(sums, shape, part, blocks, shared,
               memory->data.stages + shape.stages * ((shape.down + shape.across) * MID_PART_BYTES));
    if (t + stride >= units) mid_leave(memory);
    if (blocks != 0) mid_finish(sums, blocks, upper, lower, mid_second(t, tiles), step, memory);
  }
  *parities = mid_passed(*parities, shape, place);
}

// Two teams of consumers, each with units of its own.
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

// A consumer group a row, round all work-groups.
static inline __attribute__((always_inline)) void mid_norm(local struct mid_memory* memory,
                                                           local const struct step* step,
                                                           const int number) {
  const struct persistent_norm_args a = STEP_STRUCT(persistent_norm_args);
  const int units = get_num_groups(0), first = mid_group() * units + (int)get_group_id(0);
  local struct mid_norm_memory* const shared = memory->norms + mid_group();
  const struct mid_norm_item item = mid_norm_begin(step, a);
  const struct mid_norm_product product = mid_norm_product_of(item, step, a);
  uint4 added = 0;
  mid_leave(memory);  // it uses no `data`: the next step's weights may come
  if (step->old_residual && first < a.rows) added = mid_norm_residual(item, step, first, a.cols);
  mid_await(memory, number);
  if (!step->old_residual && first < a.rows) added = mid_norm_residual(item, step, first, a.cols);
  float8 x = mid_norm_x(item, product, step, first, a);
  const int stride = MID_GROUPS * units;
  int turn = 0;
  for (int m = first; m < a.rows; m += stride, turn = 1 - turn) {
    const float8 h = mid_norm_h(x, added, step);
    // On its way while this row is worked on; parts would be waited for, but batches that have them
    // have one row a group.
    if (m + stride < a.rows) {
      x = mid_norm_x(item, product, step, m + stride, a);
      added = mid_norm_residual(item, step, m + stride, a.cols);
    }
    mid_norm_row_of(h, item, shared->rows + turn, step, m, a);
  }
}

// A consumer group a row, round all work-groups.
static inline void mid_gather(local const struct mid_memory* memory, local const struct step* step,
                              const int number) {
  const struct gather_rows_args a = STEP_STRUCT(gather_rows_args);
  mid_await(memory, number);
  for (int m = mid_group() * (int)get_num_groups(0) + (int)get_group_id(0); m < a.rows;
       m += MID_GROUPS * (int)get_num_groups(0))
    gather_rows_run(m, (int)get_local_id(0) % WGMMA_ITEMS, WGMMA_ITEMS, STEP_AT(const int, 0),
                    STEP_AT(const ushort, 1), STEP_AT(const ushort, 2), STEP_AT(const ushort, 3),
                    STEP_AT(ushort, 4), STEP_AT(ushort, 5), STEP_AT(ushort, 6), a);
  mid_leave(memory);
}

// A consumer's part of a step.
static inline __attribute__((always_inline)) void mid_step(private uint* parities,
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
    case STEP_GATHER_ROWS:
      return mid_gather(memory, step, number);
    case STEP_LAYER_NORM_F16_QUANTIZE:
    case STEP_ADD_LAYER_NORM_F16_QUANTIZE:
    case STEP_ADD_LAYER_NORM_F16:
      return mid_norm(memory, step, number);
    default:
      return mid_consume(parities, memory, step, number);
  }
}

// Every consumer.
static inline __attribute__((always_inline)) void mid_walk(local struct mid_memory* memory,
                                                           global uint* counter, global uint* times,
                                                           const struct persistent_args args) {
  uint parities = 0;  // of the ring
  const int groups = get_num_groups(0);
  int i = 0;
  // What looks like a second way into the loop keeps compilers from computing ahead of it what all
  // steps need of an item's number: that would live, or lie in memory, through all other steps.
  if (nvidia_never()) goto meet;
next:
  mid_step(&parities, memory, i);
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

// The copying item.
//
// Why its waits end: stages and `left` its own consumers give, which for that wait for nothing but
// what it has copied by then; and all work-groups arrive, since the meetings inside of steps end.
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
    const int tiles = mid_is_product(step->kind) ? mid_tiles(shape, a.rows, a.outputs) : 0;
    const int stride = mid_stride(shape, tiles, a.outputs, mid_is_gelu(step->kind));
    const int units = tiles << mid_parts_bits(step->kind), unit = mid_first_tile(stride, units);
    const int count = mid_unit_steps(a, step->kind);
    const bool copies = unit < units;
    struct mid_source source = {0, 0, 0};
    if (copies) {
      source = mid_source_of(mid_unit_tile(unit, tiles), shape, STEP_AT(const char, 0),
                             STEP_AT(const char, 2), a);
      if (mid_second(unit, tiles)) {
        source.x += (size_t)count * WGMMA_BLOCK;
        source.w += (size_t)count * WGMMA_BLOCK;
      }
      if (i > 0) wgmma_wait(nvidia_local_address(&memory->left), (uint)(i - 1) & 1);
      wgmma_local_written();  // attention and mid_join have
      mid_produce_early(ring, shape, source, count);
    }
    persistent_ask_share(step->ahead, step->ahead_bytes);
    nvidia_await(counter, args.arrivals + (uint)i * (uint)groups);
    wgmma_global_written();
    if (times)
      times[STEP_TIMES * (i * groups + (int)get_group_id(0)) + STEP_TIME_BEGIN] = nvidia_clock();
    wgmma_arrive(nvidia_local_address(&memory->met));
    if (copies)
      ring.parities = mid_produce(ring, shape, stride, count, source, STEP_AT(const char, 0),
                                  STEP_AT(const char, 2), a);
    // This work-group has ended the step before, too: nobody reads its entry.
    if (i + MID_STEPS - 1 < args.count) mid_fetch(memory, steps, i + MID_STEPS - 1);
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
