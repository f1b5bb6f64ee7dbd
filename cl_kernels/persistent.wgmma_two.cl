// Scheduler: as persistent.wgmma.cl, for batches of some hundred tokens
// What:     runs the steps of a table in order; between two steps all work-groups meet. A product
//           and its norm are one step, as in the kernels for few rows, whose code most steps are
// Buffers:  as persistent.wgmma.cl
// Args:     struct persistent_args
// Launch:   256 items; no more work-groups than two for each compute unit, so that all are resident
// Variants: launching each step runs everywhere and gives the same bits; persistent.wgmma.cl is
//           shorter where each work-group has a tile at most
// Source:   as persistent.wgmma.cl
#include "abi/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "common/layer_norm_f16_quantize_warp.h"
#include "linear_w8a8_add_layer_norm_f16_quantize.wgmma.cl"
#include "persistent.wgmma.cl"

// Two work-groups are resident on each unit: wgmma_two_resident sees to their registers, and of
// local memory, of which a unit has 228 KiB, each takes what is declared here and 1 KiB of the
// device's own.
#define TWO_MEMORY ((228 / 2 - 1) * 1024)
#define TWO_ATTENTION_ROWS (ATTENTION_SIDES * ATTENTION_I8_MMA_MEMORY * 16)
#define TWO_ATTENTION_SUMS (TWO_ATTENTION_ROWS + ATTENTION_SIDES_ROWS * 16)
// What work-groups of this kernel have in local memory. Attention and the products of
// floats lie where the ring of other products does: these keep nothing there from step to step.
struct persistent_two_memory {
  char data[WGMMA_FEW_DATA];
  float4 pairs[WGMMA_NORM_VECTORS(WGMMA_FEW_OUTPUTS)];  // other products need fewer
  struct step step, next;
  float shared[ROW_WIDE_SHARED];
  ulong barriers[2 * WGMMA_FEW_STAGES];
  int passed, number;
};
// Sizes that cannot be are negative.
typedef char persistent_two_fits[sizeof(struct persistent_two_memory) <= TWO_MEMORY ? 1 : -1];
typedef char persistent_two_attention_fits
    [TWO_ATTENTION_SUMS + ATTENTION_SIDES_SUMS * 16 <= WGMMA_FEW_DATA ? 1 : -1];

// A product and its norm (common/linear_wgmma_norm.h).
static inline __attribute__((always_inline)) void persistent_two_norm(
    local const struct step* step, const struct persistent_meeting meeting,
    private const struct persistent_pool* pool) {
  const struct linear_w8a8_add_layer_norm_f16_quantize_args a =
      STEP_STRUCT(linear_w8a8_add_layer_norm_f16_quantize_args);
  const struct wgmma_shape shape = wgmma_few();
  const int before = pool->passed[0];
  const struct wgmma_ring ring = persistent_ring(pool->ring, shape, before);
  const struct wgmma_norm_memory at = {
      STEP_AT(const ushort, 5), STEP_AT(const float, 6), STEP_AT(const float, 7), STEP_AT(float, 9),
      STEP_AT(ushort, 10),      STEP_AT(char, 11),       STEP_AT(float, 12)};
  wgmma_early_weights(ring, shape, WGMMA_MEETING_BAND, STEP_AT(const char, 2), a.linear);
  persistent_await(meeting);
  if (wgmma_copies(shape)) {
    wgmma_early_produce(ring, shape, WGMMA_MEETING_BAND, STEP_AT(const char, 0),
                        STEP_AT(const char, 2), a.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2];
    linear_w8a8_add_layer_norm_f16_quantize_wgmma_consume(
        sums, ring, shape, (local char*)pool->pairs, STEP_AT(const float, 1),
        STEP_AT(const float, 3), STEP_AT(const float, 4), STEP_AT(uint, 8), at, a);
  }
  pool->passed[0] = persistent_passed(before, shape, a.linear);
}

// Norms of all kinds, a warp a row; warps go round the work-groups first. Rows of at most
// ROW_WARP_NARROW.
static inline __attribute__((always_inline)) void persistent_two_rows(
    local const struct step* step, const struct persistent_meeting meeting, const int add) {
  const struct persistent_norm_args a = STEP_STRUCT(persistent_norm_args);
  const struct layer_norm_f16_quantize_args args = {a.rows, a.cols, a.eps,
                                                    STEP_AT(ushort, STEP_NORM_Y16) != 0, a.out};
  const int groups = get_num_groups(0);
  persistent_await(meeting);
  for (int m = wgmma_here((int)get_local_id(0)) / 32 * groups + (int)get_group_id(0); m < a.rows;
       m += PERSISTENT_ITEMS / 32 * groups)
    layer_norm_f16_quantize_warp_row(
        m, add, ROW_WARP_PIECES, STEP_AT(const float, STEP_NORM_X),
        STEP_AT(const ushort, STEP_NORM_RESIDUAL), STEP_AT(const float, STEP_NORM_GAMMA),
        STEP_AT(const float, STEP_NORM_BETA), STEP_AT(ushort, STEP_NORM_Y16),
        STEP_AT(char, STEP_NORM_CODES), STEP_AT(float, STEP_NORM_SCALES), args);
}
static inline __attribute__((always_inline)) void persistent_two_last_rows(
    local const struct step* step, const struct persistent_meeting meeting) {
  const struct persistent_norm_args a = STEP_STRUCT(persistent_norm_args);
  const struct f16_matrix rows = {F16_ROWS, a.cols};
  const struct layer_norm_f16_args args = {a.rows,
                                           a.cols,
                                           a.eps,
                                           STEP_AT(float, STEP_NORM_Y) != 0,
                                           STEP_AT(ushort, STEP_NORM_Y16) != 0,
                                           1,
                                           rows,
                                           rows,
                                           rows};
  const int groups = get_num_groups(0);
  persistent_await(meeting);
  for (int m = wgmma_here((int)get_local_id(0)) / 32 * groups + (int)get_group_id(0); m < a.rows;
       m += PERSISTENT_ITEMS / 32 * groups) {
    float8 held[ROW_WARP_WIDE_PIECES];
    layer_norm_f16_warp_row(held, m, 1, ROW_WARP_PIECES, STEP_AT(const float, STEP_NORM_X), 0,
                            STEP_AT(const ushort, STEP_NORM_RESIDUAL),
                            STEP_AT(const float, STEP_NORM_GAMMA),
                            STEP_AT(const float, STEP_NORM_BETA), STEP_AT(float, STEP_NORM_Y),
                            STEP_AT(ushort, STEP_NORM_Y16), args);
  }
}

static inline __attribute__((always_inline)) void persistent_two_step(
    local const struct step* step, const struct persistent_meeting meeting,
    private struct persistent_pool* pool) {
  switch (step->kind) {
    case STEP_LINEAR_W8A8:
      return persistent_linear(step, meeting, pool->ring, pool->passed, wgmma_few(), pool->pairs);
    case STEP_LINEAR_W8A8_GELU_QUANTIZE:
      return persistent_linear_gelu_quantize(step, meeting, pool, 0);
    case STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH:
      return persistent_linear_gelu_quantize(step, meeting, pool, 1);
    case STEP_LINEAR_W8A8_QUANTIZE_QKV:
      return persistent_linear_quantize_qkv(step, meeting, pool, 64);
    case STEP_LINEAR_W8A8_QUANTIZE_QKV_D32:
      return persistent_linear_quantize_qkv(step, meeting, pool, 32);
    case STEP_LINEAR_W8A8_ADD_LAYER_NORM_F16_QUANTIZE:
      return persistent_two_norm(step, meeting, pool);
    case STEP_ATTENTION_I8_QUANTIZE_TOKENS:
      return persistent_attention_quantize(
          step, meeting, persistent_sides_of(pool->attention, pool->side_rows, pool->side_sums),
          64);
    case STEP_ATTENTION_I8_QUANTIZE_TOKENS_D32:
      return persistent_attention_quantize(
          step, meeting, persistent_sides_of(pool->attention, pool->side_rows, pool->side_sums),
          32);
    case STEP_QUANTIZE_TOKENS:
      return persistent_quantize(step, meeting, ROW_WIDE_ALL, pool->shared);
    case STEP_LAYER_NORM_F16_QUANTIZE:
      return persistent_two_rows(step, meeting, 0);
    case STEP_ADD_LAYER_NORM_F16_QUANTIZE:
      return persistent_two_rows(step, meeting, 1);
    case STEP_ADD_LAYER_NORM_F16:
      return persistent_two_last_rows(step, meeting);
    case STEP_EMBEDDING:
      return persistent_embedding(step, meeting);
    case STEP_MEAN_POOL:
      return persistent_mean_pool(step, meeting);
    case STEP_GATHER_ROWS:
      return persistent_gather_rows(step, meeting);
    case STEP_LINEAR_F32:
      return persistent_linear_f32(step, meeting,
                                   (local struct linear_f32_group_few_tile*)pool->attention);
    case STEP_TANH:
    case STEP_RELU:
      return persistent_elements(step, meeting, step->kind == STEP_TANH);
    case STEP_L2_NORMALIZE:
      return persistent_l2_normalize(step, meeting, pool->shared);
  }
}

// The next step takes the place of this one, which nobody reads any more: at an address that is a
// constant it takes no register, nor does its number. The items of persistent_fetch.
static inline void persistent_two_go_on(local struct persistent_two_memory* memory) {
  const int piece = wgmma_here(PERSISTENT_ITEMS - 1 - (int)get_local_id(0));
  if (piece < STEP_WORDS / 4)
    *((local uint4*)&memory->step + piece) = *((local const uint4*)&memory->next + piece);
  if (piece == 0) ++memory->number;
  barrier(CLK_LOCAL_MEM_FENCE);
}

// persistent_arrive, with the next step in its place before the item that copies waits for what all
// have written: meanwhile the others begin that step.
static inline void persistent_two_arrive(local struct persistent_two_memory* memory,
                                         const struct persistent_meeting meeting) {
  const abi_ulong asked = memory->step.ahead;
  const uint asked_bytes = memory->step.ahead_bytes;
  nvidia_copies_wait();
  barrier(CLK_LOCAL_MEM_FENCE);
  persistent_time(meeting.times, STEP_TIME_END);
  persistent_two_go_on(memory);
  if ((int)get_local_id(0) == PERSISTENT_COPIER) {
    nvidia_arrive(meeting.counter);
    // The next product's weights come into memory that other steps may have written.
    wgmma_local_written();
  }
  persistent_ask_ahead(asked, asked_bytes);
}

static inline struct persistent_meeting persistent_two_meeting(
    local const struct persistent_two_memory* memory, global uint* counter, global uint* times,
    const struct persistent_args args) {
  const int i = memory->number, groups = get_num_groups(0);
  const struct persistent_meeting meeting = {
      counter, args.arrivals + (uint)i * (uint)groups,
      times ? times + STEP_TIMES * (i * groups + (int)get_group_id(0)) : 0};
  return meeting;
}

// Every item of every work-group. `times`: null, or of STEP_TIMES.
static inline __attribute__((always_inline)) void persistent_two_run(
    local struct persistent_two_memory* memory, global const struct step* steps,
    global uint* counter, global uint* times, const struct persistent_args args) {
  memory->passed = memory->number = 0;
  local char* const data = memory->data;
  struct persistent_pool pool = {
      .ring = wgmma_ring_init(data, memory->barriers, wgmma_few()),
      .passed = &memory->passed,
      .pairs = memory->pairs,
      .attention = (local uint4*)data,
      .side_rows = (local float4*)(data + TWO_ATTENTION_ROWS),
      .side_sums = (local int4*)(data + TWO_ATTENTION_SUMS),
      .shared = memory->shared,
  };
  persistent_fetch(&memory->step, steps);
  if (args.count > 1) persistent_fetch(&memory->next, steps + 1);
  nvidia_copies_wait();
  barrier(CLK_LOCAL_MEM_FENCE);
  // What looks like a second way into the loop keeps compilers from computing ahead of it what all
  // steps need of an item's number: that would live, or lie in memory, through all other steps.
  if (nvidia_never()) goto meet;
next:
  persistent_two_step(&memory->step, persistent_two_meeting(memory, counter, times, args), &pool);
meet:
  if (memory->number + 1 == args.count && !times) return;
  persistent_two_arrive(memory, persistent_two_meeting(memory, counter, times, args));
  if (memory->number + 1 < args.count) persistent_fetch(&memory->next, steps + memory->number + 1);
  if (memory->number < args.count) goto next;
}

kernel __attribute__((reqd_work_group_size(PERSISTENT_ITEMS, 1, 1))) void persistent_wgmma_two(
    global const struct step* steps, global uint* counter, const struct persistent_args args) {
  wgmma_two_resident();
  local struct persistent_two_memory memory __attribute__((aligned(1024)));
  persistent_two_run(&memory, steps, counter, 0, args);
}

// The same, and how long each step takes. The last step's arrivals count for nothing.
kernel __attribute__((reqd_work_group_size(PERSISTENT_ITEMS, 1, 1))) void
persistent_wgmma_two_times(global const struct step* steps, global uint* counter,
                           global uint* times, const struct persistent_args args) {
  wgmma_two_resident();
  local struct persistent_two_memory memory __attribute__((aligned(1024)));
  persistent_two_run(&memory, steps, counter, times, args);
}
