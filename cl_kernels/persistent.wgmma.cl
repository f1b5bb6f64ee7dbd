// Scheduler: one launch that walks many, for small batches on Hopper, where each launch costs more
//            than most of them compute
// What:     runs the steps of a table in order; between two steps all work-groups meet. Before it
//           waits for the others, a work-group begins what does not depend on the step before
// Buffers:  steps struct step [count]; counter uint, where work-groups arrive; _times: times uint
//           [count][work-groups][STEP_TIMES]
// Args:     struct persistent_args
// Launch:   256 items; no more work-groups than compute units, one each, so that all are resident:
//           a work-group that waits never waits for one that cannot start
// Variants: launching each step runs everywhere and gives the same bits. Some products are the code
//           of their own kernels, others go by common/persistent_products.h or, their inputs shared
//           out, by common/persistent_parts.h; attention by common/persistent_attention.h, norms by
//           common/persistent_norm.h
// Source:   persistent megakernels; grid barriers as in CUDA's cooperative groups
#include "abi/persistent.h"
#include "abi/relu.h"
#include "abi/tanh.h"
#include "common/gather_rows.h"
#include "common/linear_wgmma_early.h"
#include "common/persistent_attention_units.h"
#include "common/persistent_meeting.h"
#include "common/persistent_norm.h"
#include "common/persistent_parts.h"
#include "common/persistent_products.h"
#include "common/persistent_rows.h"
#include "embedding.group.cl"
#include "linear_f32.group.cl"
#include "linear_w8a8.wgmma.cl"
#include "linear_w8a8_gelu_quantize.wgmma.cl"
#include "linear_w8a8_quantize_qkv.wgmma.cl"
#include "mean_pool.group.cl"

// Work of a step that all work-groups share.
struct persistent_pool {
  struct wgmma_ring ring, narrow;  // in the same memory, with their own barriers; fresh
  local int* passed;               // of both, persistent_ring
  struct twin_memory twin;         // in that memory, too
  local float4* pairs;
  local uint4* attention;  // [ATTENTION_SIDES][ATTENTION_I8_MMA_MEMORY]
  local float4* side_rows;
  local int4* side_sums;
  local struct row_wide_memory* rows;
};

// A ring through which `passed` stages have gone: their number, modulo two rounds, is all that is
// kept of it from step to step, in local memory: registers are short. It is read before a barrier
// of the work-group, and written after it.
static inline struct wgmma_ring persistent_ring(struct wgmma_ring ring,
                                                const struct wgmma_shape shape, const int passed) {
  ring.stage = passed % shape.stages;
  ring.parity = passed / shape.stages;
  return ring;
}
static inline int persistent_passed(const int passed, const struct wgmma_shape shape,
                                    const struct linear_w8a8_args a) {
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  const int groups = get_num_groups(0), left = tiles - (int)get_group_id(0);
  const int mine = left > 0 ? (left + groups - 1) / groups : 0;
  return (passed + mine * wgmma_steps(a.inputs)) % (2 * shape.stages);
}

static inline __attribute__((always_inline)) void persistent_linear(
    local const struct step* step, const struct persistent_meeting meeting,
    const struct wgmma_ring fresh, local int* passed, const struct wgmma_shape shape,
    local float4* pairs) {
  const struct linear_w8a8_args a = STEP_STRUCT(linear_w8a8_args);
  const int before = *passed;
  const struct wgmma_ring ring = persistent_ring(fresh, shape, before);
  wgmma_early_weights(ring, shape, WGMMA_BAND, STEP_AT(const char, 2), a);
  persistent_await(meeting);
  if (wgmma_copies(shape)) {
    wgmma_early_produce(ring, shape, WGMMA_BAND, STEP_AT(const char, 0), STEP_AT(const char, 2), a);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};  // else they would live from step to step
    linear_w8a8_wgmma_consume(sums, ring, shape, pairs, STEP_AT(const float, 1),
                              STEP_AT(const float, 3), STEP_AT(const float, 4), STEP_AT(float, 5),
                              a);
  }
  *passed = persistent_passed(before, shape, a);
}

static inline __attribute__((always_inline)) void persistent_linear_gelu_quantize(
    local const struct step* step, const struct persistent_meeting meeting,
    private struct persistent_pool* pool, const int tanh) {
  const struct linear_w8a8_gelu_quantize_args a = STEP_STRUCT(linear_w8a8_gelu_quantize_args);
  const struct wgmma_shape shape = wgmma_few();
  const int before = pool->passed[0];
  const struct wgmma_ring ring = persistent_ring(pool->ring, shape, before);
  wgmma_early_weights(ring, shape, WGMMA_MEETING_BAND, STEP_AT(const char, 2), a.linear);
  persistent_await(meeting);
  if (wgmma_copies(shape)) {
    wgmma_early_produce(ring, shape, WGMMA_MEETING_BAND, STEP_AT(const char, 0),
                        STEP_AT(const char, 2), a.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, tanh, STEP_AT(const float, 1),
                                            STEP_AT(const float, 3), STEP_AT(const float, 4),
                                            STEP_AT(uint, 5), (local char*)pool->pairs,
                                            STEP_AT(char, 6), STEP_AT(float, 7), a);
  }
  pool->passed[0] = persistent_passed(before, shape, a.linear);
}

static inline __attribute__((always_inline)) void persistent_linear_quantize_qkv(
    local const struct step* step, const struct persistent_meeting meeting,
    private struct persistent_pool* pool, const int size) {
  const struct linear_w8a8_quantize_qkv_args a = STEP_STRUCT(linear_w8a8_quantize_qkv_args);
  const struct wgmma_shape shape = wgmma_few();
  const struct wgmma_qkv_outputs out = {STEP_AT(char, 8),   STEP_AT(float, 9), STEP_AT(char, 10),
                                        STEP_AT(float, 11), STEP_AT(char, 12), STEP_AT(float, 13)};
  const int before = pool->passed[0];
  const struct wgmma_ring ring = persistent_ring(pool->ring, shape, before);
  wgmma_early_weights(ring, shape, WGMMA_BAND, STEP_AT(const char, 2), a.linear);
  persistent_await(meeting);
  if (wgmma_copies(shape)) {
    wgmma_early_produce(ring, shape, WGMMA_BAND, STEP_AT(const char, 0), STEP_AT(const char, 2),
                        a.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};
    linear_w8a8_quantize_qkv_wgmma_consume(
        sums, ring, shape, size, pool->pairs, STEP_AT(const float, 1), STEP_AT(const float, 3),
        STEP_AT(const float, 4), STEP_AT(const struct sequence_entry, 5), STEP_AT(const int, 6),
        STEP_AT(const int, 7), out, a);
  }
  pool->passed[0] = persistent_passed(before, shape, a.linear);
}

// A work-group a row of y.
static inline __attribute__((always_inline)) void persistent_embedding(
    local const struct step* step, const struct persistent_meeting meeting) {
  const struct embedding_args a = STEP_STRUCT(embedding_args);
  persistent_await(meeting);
  for (int m = get_group_id(0); m < a.rows; m += get_num_groups(0))
    embedding_group_run(m, STEP_AT(const int, 0), STEP_AT(const int, 1), STEP_AT(const int, 2),
                        STEP_AT(const float, 3), STEP_AT(const float, 4), STEP_AT(const float, 5),
                        STEP_AT(const float, 6), STEP_AT(const float, 7), STEP_AT(const float, 8),
                        STEP_AT(float, 9), a);
}

static inline void persistent_gather_rows(local const struct step* step,
                                          const struct persistent_meeting meeting) {
  const struct gather_rows_args a = STEP_STRUCT(gather_rows_args);
  persistent_await(meeting);
  for (int m = get_group_id(0); m < a.rows; m += get_num_groups(0))
    gather_rows_run(m, get_local_id(0), get_local_size(0), STEP_AT(const int, 0),
                    STEP_AT(const ushort, 1), STEP_AT(const ushort, 2), STEP_AT(const ushort, 3),
                    STEP_AT(ushort, 4), STEP_AT(ushort, 5), STEP_AT(ushort, 6), a);
}

// A warp 32 columns of a sequence; warps go round the work-groups first, so that few columns reach
// many units.
static inline __attribute__((always_inline)) void persistent_mean_pool(
    local const struct step* step, const struct persistent_meeting meeting) {
  const struct mean_pool_args a = STEP_STRUCT(mean_pool_args);
  const int warp = (int)get_local_id(0) / 32 * (int)get_num_groups(0) + (int)get_group_id(0);
  const int across = (a.cols + 31) / 32;
  persistent_await(meeting);
  for (int i = warp; i < across * a.sequences; i += ROW_WIDE_WARPS * (int)get_num_groups(0)) {
    const int k = i % across * 32 + (int)get_local_id(0) % 32;
    if (k < a.cols)
      mean_pool_group_run(i / across, k, STEP_AT(const float, 0),
                          STEP_AT(const struct sequence_entry, 1), STEP_AT(float, 2), a.cols);
  }
}

// A tile of linear_f32_group_few, 31 KiB, in attention's memory, which is larger.
static inline __attribute__((always_inline)) void persistent_linear_f32(
    local const struct step* step, const struct persistent_meeting meeting,
    local struct linear_f32_group_few_tile* tile) {
  const struct linear_f32_args a = STEP_STRUCT(linear_f32_args);
  const int rows = LINEAR_F32_GROUP_FEW_ROWS, outputs = LINEAR_F32_GROUP_FEW_OUTPUTS;
  const int across = (a.outputs + outputs - 1) / outputs, down = (a.rows + rows - 1) / rows;
  persistent_await(meeting);
  for (int t = get_group_id(0); t < across * down; t += get_num_groups(0)) {
    linear_f32_group_few_run(tile, wgmma_here((int)get_local_id(0)), t / across * rows,
                             t % across * outputs, STEP_AT(const float, 0), STEP_AT(const float, 1),
                             STEP_AT(const float, 2), STEP_AT(float, 3), a);
  }
}

// tanh, or relu.
static inline __attribute__((always_inline)) void persistent_elements(
    local const struct step* step, const struct persistent_meeting meeting, const bool tanh) {
  const struct tanh_args a = STEP_STRUCT(tanh_args);  // or relu's, which are alike
  persistent_await(meeting);
  for (uint i = PERSISTENT_ITEMS * get_group_id(0) + get_local_id(0); i < a.count;
       i += PERSISTENT_ITEMS * get_num_groups(0)) {
    const float v = STEP_AT(const float, 0)[i];
    STEP_AT(float, 1)[i] = tanh ? zcl_tanh(v) : zcl_relu(v);
  }
}

// Every item of every work-group. `times`: null, or of STEP_TIMES.
static inline __attribute__((always_inline)) void persistent_run(
    private struct persistent_pool* pool, local struct step* steps_here,
    global const struct step* steps, global uint* counter, global uint* times,
    const struct persistent_args args) {
  for (int i = 0; i <= min(STEPS_AHEAD, args.count - 1); ++i)
    persistent_fetch(&steps_here[i], steps + i);
  nvidia_copies_wait();
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < args.count; ++i) {
    local const struct step* const step = &steps_here[i % STEPS_HERE];
    const struct persistent_meeting meeting = {
        counter, args.arrivals + (uint)i * (uint)get_num_groups(0),
        times ? times + STEP_TIMES * (i * (int)get_num_groups(0) + (int)get_group_id(0)) : 0};
    // Nobody reads the step before any more.
    if (i + STEPS_AHEAD + 1 < args.count)
      persistent_fetch(&steps_here[(i + STEPS_AHEAD + 1) % STEPS_HERE],
                       steps + i + STEPS_AHEAD + 1);
    const int ahead = step->weights / 2;
    local const struct step* const next = ahead ? &steps_here[(i + ahead) % STEPS_HERE] : 0;
    bool begun = false;
    switch (step->kind) {
      case STEP_LINEAR_W8A8:
        persistent_linear(step, meeting, pool->ring, &pool->passed[0], wgmma_few(), pool->pairs);
        break;
      case STEP_LINEAR_W8A8_NARROW:
        persistent_linear(step, meeting, pool->narrow, &pool->passed[1], wgmma_narrow(),
                          pool->pairs);
        break;
      case STEP_LINEAR_W8A8_PARTS:
        persistent_linear_parts(step, meeting, pool->twin);
        break;
      case STEP_LINEAR_W8A8_GELU_QUANTIZE:
        persistent_linear_gelu_quantize(step, meeting, pool, 0);
        break;
      case STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH:
        persistent_linear_gelu_quantize(step, meeting, pool, 1);
        break;
      case STEP_LINEAR_W8A8_QUANTIZE_QKV:
        persistent_linear_quantize_qkv(step, meeting, pool, 64);
        break;
      case STEP_LINEAR_W8A8_QUANTIZE_QKV_D32:
        persistent_linear_quantize_qkv(step, meeting, pool, 32);
        break;
      case STEP_TWIN_GELU_QUANTIZE:
        persistent_twin_gelu_quantize(step, meeting, pool->twin, WGMMA_GELU_ERF, next);
        begun = true;
        break;
      case STEP_TWIN_GELU_QUANTIZE_TANH:
        persistent_twin_gelu_quantize(step, meeting, pool->twin, WGMMA_GELU_TANH, next);
        begun = true;
        break;
      case STEP_TWIN_QUANTIZE_QKV:
        persistent_twin_quantize_qkv(step, meeting, pool->twin, 64, (local uint*)pool->pairs);
        break;
      case STEP_TWIN_QUANTIZE_QKV_D32:
        persistent_twin_quantize_qkv(step, meeting, pool->twin, 32, (local uint*)pool->pairs);
        break;
      case STEP_ATTENTION_I8_QUANTIZE_TOKENS:
        persistent_attention_quantize(
            step, meeting, persistent_sides_of(pool->attention, pool->side_rows, pool->side_sums),
            64);
        break;
      case STEP_ATTENTION_I8_QUANTIZE_TOKENS_D32:
        persistent_attention_quantize(
            step, meeting, persistent_sides_of(pool->attention, pool->side_rows, pool->side_sums),
            32);
        break;
      case STEP_QUANTIZE_TOKENS:
        persistent_quantize(step, meeting, pool->rows);
        break;
      case STEP_LAYER_NORM_F16_QUANTIZE:
      case STEP_ADD_LAYER_NORM_F16_QUANTIZE:
      case STEP_ADD_LAYER_NORM_F16:
        persistent_norm_step(step, meeting, pool->rows);
        break;
      case STEP_EMBEDDING:
        persistent_embedding(step, meeting);
        break;
      case STEP_MEAN_POOL:
        persistent_mean_pool(step, meeting);
        break;
      case STEP_GATHER_ROWS:
        persistent_gather_rows(step, meeting);
        break;
      case STEP_LINEAR_F32:
        persistent_linear_f32(step, meeting,
                              (local struct linear_f32_group_few_tile*)pool->attention);
        break;
      case STEP_TANH:
      case STEP_RELU:
        persistent_elements(step, meeting, step->kind == STEP_TANH);
        break;
      case STEP_L2_NORMALIZE:
        persistent_l2_normalize(step, meeting, pool->rows);
        break;
    }
    // When the work-group has arrived, others may fill the step's place.
    const abi_ulong asked = step->ahead;
    const uint asked_bytes = step->ahead_bytes;
    if (i + 1 == args.count && !times) break;
    persistent_arrive(meeting);
    if (!begun) persistent_begin_weights(pool->twin, next);
    persistent_ask_ahead(asked, asked_bytes);
  }
}

#define PERSISTENT_MEMORY                                                                \
  local char data[TWIN_DATA] __attribute__((aligned(1024)));                             \
  local ulong barriers[2 * WGMMA_FEW_STAGES], narrow_barriers[2 * WGMMA_NARROW_STAGES];  \
  local ulong twin_barriers[PERSISTENT_STAGES];                                          \
  local int passed[2];                                                                   \
  local uint parity;                                                                     \
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];                                    \
  local uint4 attention[ATTENTION_SIDES * ATTENTION_I8_MMA_MEMORY];                      \
  local float4 side_rows[ATTENTION_SIDES_ROWS];                                          \
  local int4 side_sums[ATTENTION_SIDES_SUMS];                                            \
  local struct row_wide_memory rows;                                                     \
  local struct step steps_here[STEPS_HERE] __attribute__((aligned(16)));                 \
  passed[0] = passed[1] = 0;                                                             \
  twin_ring_init(twin_barriers, &parity);                                                \
  struct persistent_pool pool = {wgmma_ring_init(data, barriers, wgmma_few()),           \
                                 wgmma_ring_init(data, narrow_barriers, wgmma_narrow()), \
                                 passed,                                                 \
                                 {data, twin_barriers, &parity},                         \
                                 pairs,                                                  \
                                 attention,                                              \
                                 side_rows,                                              \
                                 side_sums,                                              \
                                 &rows}

kernel __attribute__((reqd_work_group_size(PERSISTENT_ITEMS, 1, 1))) void persistent_wgmma(
    global const struct step* steps, global uint* counter, const struct persistent_args args) {
  PERSISTENT_MEMORY;
  persistent_run(&pool, steps_here, steps, counter, 0, args);
}

// The same, and how long each step takes. The last step's arrivals count for nothing.
kernel __attribute__((reqd_work_group_size(PERSISTENT_ITEMS, 1, 1))) void persistent_wgmma_times(
    global const struct step* steps, global uint* counter, global uint* times,
    const struct persistent_args args) {
  PERSISTENT_MEMORY;
  persistent_run(&pool, steps_here, steps, counter, times, args);
}
