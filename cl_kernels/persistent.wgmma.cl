// Scheduler: one launch that walks many, for small batches on Hopper, where each launch costs more
//            than most of them compute
// What:     runs the steps of a table in order; between two steps all work-groups meet. Before it
//           waits for the others, a work-group begins what does not depend on the step before
// Buffers:  steps struct step [count]; counter uint, where work-groups arrive
// Args:     struct persistent_args
// Launch:   256 items; no more work-groups than compute units, one each, so that all are resident:
//           a work-group that waits never waits for one that cannot start
// Variants: launching each step runs everywhere and gives the same bits: products and attention are
//           the code of their own kernels, rows go by common/row_wide.h
// Source:   persistent megakernels; grid barriers as in CUDA's cooperative groups
#include "abi/layer_norm.h"
#include "abi/persistent.h"
#include "attention_i8.mma.cl"
#include "common/linear_wgmma_early.h"
#include "common/row_wide.h"
#include "linear_w8a8.wgmma.cl"
#include "linear_w8a8_gelu_quantize.wgmma.cl"
#include "linear_w8a8_quantize_qkv.wgmma.cl"

#define ATTENTIONS (PERSISTENT_ITEMS / ATTENTION_MMA_ITEMS)  // tiles of attention side by side
#define COPIER (PERSISTENT_ITEMS - WGMMA_ITEMS)  // the item that copies and meets others
// Tiles of rows that go through all outputs together, as in the kernels of the products.
#define LINEAR_BAND 8
#define GELU_BAND 1
#define AHEAD_PIECE 8192  // bytes that a work-group asks for at once

// Work of a step that all work-groups share.
struct persistent_pool {
  struct wgmma_ring ring, narrow;  // in the same memory, with their own barriers; fresh
  int passed, narrow_passed;       // persistent_ring
  local float4* pairs;
  local uint4* attention;  // [ATTENTIONS][ATTENTION_I8_MMA_MEMORY]
  local float* shared;     // [ROW_WIDE_SHARED]
};

// What a step must wait for before it reads what steps before have written, or writes.
struct persistent_meeting {
  global uint* counter;
  uint arrivals;
};

#define AT(type, i) ((global type*)(size_t)step->buffers[i])
#define ARGS(type) (*(local const struct type*)step->args)

// A work-group's step is over: what its items wrote is handed on, the next step's entry is here.
//
// Why meetings end: all work-groups are resident. Between its arrival and the end of its wait a
// work-group waits for nothing but its own ring's stages, which its consumers had given back before
// it arrived. So when all have come into a step, where products may wait for each other
// (linear_w8a8_gelu_quantize.wgmma.cl says why that ends), all come to its end and arrive.
static inline void persistent_arrive(global uint* counter) {
  nvidia_copies_wait();
  barrier(CLK_LOCAL_MEM_FENCE);
  if ((int)get_local_id(0) == COPIER) nvidia_arrive(counter);
}
// All items wait until all work-groups have arrived; what any wrote before is then seen by all, by
// their bulk copies too: on the way from a write to a copy one proxy fence must lie (PTX ISA, memory
// consistency model, proxy-preserved causality order), and this is it, behind the acquire and before
// the copies of the same item. The first step finds all arrivals of the launches before.
static inline void persistent_await(const struct persistent_meeting meeting) {
  // The item that will copy asks, since it must know first.
  if ((int)get_local_id(0) == COPIER) {
    nvidia_await(meeting.counter, meeting.arrivals);
    wgmma_global_written();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

// A ring through which `passed` stages have gone: their number, modulo two rounds, is all that is
// kept of it from step to step.
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
    const struct wgmma_ring fresh, private int* passed, const struct wgmma_shape shape,
    local float4* pairs) {
  const struct linear_w8a8_args a = ARGS(linear_w8a8_args);
  const struct wgmma_ring ring = persistent_ring(fresh, shape, *passed);
  wgmma_early_weights(ring, shape, LINEAR_BAND, AT(const char, 2), a);
  persistent_await(meeting);
  if (wgmma_copies(shape)) {
    wgmma_early_produce(ring, shape, LINEAR_BAND, AT(const char, 0), AT(const char, 2), a);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};  // else they would live from step to step
    linear_w8a8_wgmma_consume(sums, ring, shape, pairs, AT(const float, 1), AT(const float, 3),
                              AT(const float, 4), AT(float, 5), a);
  }
  *passed = persistent_passed(*passed, shape, a);
}

static inline __attribute__((always_inline)) void persistent_linear_gelu_quantize(
    local const struct step* step, const struct persistent_meeting meeting,
    private struct persistent_pool* pool, const int tanh) {
  const struct linear_w8a8_gelu_quantize_args a = ARGS(linear_w8a8_gelu_quantize_args);
  const struct wgmma_shape shape = wgmma_few();
  const struct wgmma_ring ring = persistent_ring(pool->ring, shape, pool->passed);
  wgmma_early_weights(ring, shape, GELU_BAND, AT(const char, 2), a.linear);
  persistent_await(meeting);
  if (wgmma_copies(shape)) {
    wgmma_early_produce(ring, shape, GELU_BAND, AT(const char, 0), AT(const char, 2), a.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};
    linear_w8a8_gelu_quantize_wgmma_consume(sums, ring, shape, tanh, AT(const float, 1),
                                            AT(const float, 3), AT(const float, 4), AT(uint, 5),
                                            (local char*)pool->pairs, AT(char, 6), AT(float, 7), a);
  }
  pool->passed = persistent_passed(pool->passed, shape, a.linear);
}

static inline __attribute__((always_inline)) void persistent_linear_quantize_qkv(
    local const struct step* step, const struct persistent_meeting meeting,
    private struct persistent_pool* pool, const int size) {
  const struct linear_w8a8_quantize_qkv_args a = ARGS(linear_w8a8_quantize_qkv_args);
  const struct wgmma_shape shape = wgmma_few();
  const struct wgmma_qkv_outputs out = {AT(char, 8),   AT(float, 9), AT(char, 10),
                                        AT(float, 11), AT(char, 12), AT(float, 13)};
  const struct wgmma_ring ring = persistent_ring(pool->ring, shape, pool->passed);
  wgmma_early_weights(ring, shape, LINEAR_BAND, AT(const char, 2), a.linear);
  persistent_await(meeting);
  if (wgmma_copies(shape)) {
    wgmma_early_produce(ring, shape, LINEAR_BAND, AT(const char, 0), AT(const char, 2), a.linear);
  } else {
    int sums[WGMMA_FEW_OUTPUTS / 2] = {0};
    linear_w8a8_quantize_qkv_wgmma_consume(sums, ring, shape, size, pool->pairs, AT(const float, 1),
                                           AT(const float, 3), AT(const float, 4),
                                           AT(const struct sequence_entry, 5), AT(const int, 6),
                                           AT(const int, 7), out, a);
  }
  pool->passed = persistent_passed(pool->passed, shape, a.linear);
}

// Tiles, too, go round the work-groups first and their halves then. No step writes the tables that
// say where they lie.
static inline __attribute__((always_inline)) void persistent_attention(
    local const struct step* step, const struct persistent_meeting meeting,
    private struct persistent_pool* pool, const int size) {
  const struct attention_i8_args a = ARGS(attention_i8_args);
  const int part = (int)get_local_id(0) / ATTENTION_MMA_ITEMS, units = step->units;
  local char* const memory = (local char*)(pool->attention + part * ATTENTION_I8_MMA_MEMORY);
  const struct zcl_i8_cache cache = {AT(const char, 2), AT(const float, 3), AT(const char, 4),
                                     AT(const float, 5)};
  int unit = part * (int)get_num_groups(0) + (int)get_group_id(0);
  struct zcl_tile group = zcl_tile_of(
      AT(const struct sequence_tile, 8)[attention_i8_mma_index(min(unit, units - 1), units, a)],
      ATTENTION_MMA_ROWS, AT(const struct sequence_entry, 6), AT(const int, 7));
  persistent_await(meeting);
  while (unit < step->units) {
    attention_i8_mma_all(AT(const char, 0), AT(const float, 1), cache, group, unit % a.heads, 0,
                         true, size / 32, size / 8, 2, a, memory, AT(float, 9));
    attention_i8_mma_barrier();  // the memory may be filled again
    unit += ATTENTIONS * (int)get_num_groups(0);
    if (unit < step->units)
      group = zcl_tile_of(
          AT(const struct sequence_tile, 8)[attention_i8_mma_index(unit, step->units, a)],
          ATTENTION_MMA_ROWS, AT(const struct sequence_entry, 6), AT(const int, 7));
  }
}

// A work-group a row.
static inline __attribute__((always_inline)) void persistent_quantize(
    local const struct step* step, const struct persistent_meeting meeting, const int pieces,
    local float* shared) {
  const struct quantize_tokens_args a = ARGS(quantize_tokens_args);
  int turn = 0;
  persistent_await(meeting);
  for (int m = get_group_id(0); m < a.rows; m += get_num_groups(0)) {
    float held[ROW_WIDE_ALL];
    row_wide_read(held, AT(const float, 0) + (size_t)m * a.cols, a.cols, pieces);
    row_wide_quantize(held, m, turn, a.cols, pieces, AT(char, 1), AT(float, 2), a.out, shared);
    turn = 1 - turn;
  }
}

// Layer norms in all their forms: those without a residual or without codes have null pointers.
struct persistent_norm {
  global const float* x;
  global const float* residual;
  global const float* gamma;
  global const float* beta;
  global float* sum;
  global float* y;
  global char* codes;
  global float* scales;
};

// Gamma and beta no step writes; the residual is older than the step before, as a rule.
static inline __attribute__((always_inline)) void persistent_norm_rows(
    const struct persistent_norm n, const struct layer_norm_args a, const bool old_residual,
    const struct persistent_meeting meeting, const int pieces, local float* shared) {
  float held[ROW_WIDE_ALL], gamma[ROW_WIDE_ALL], beta[ROW_WIDE_ALL], residual[ROW_WIDE_ALL];
  const int first = get_group_id(0);
  int turn = 0;
  row_wide_read(gamma, n.gamma, a.cols, pieces);
  row_wide_read(beta, n.beta, a.cols, pieces);
  if (old_residual && first < a.rows)
    row_wide_read(residual, n.residual + (size_t)first * a.cols, a.cols, pieces);
  persistent_await(meeting);
  for (int m = first; m < a.rows; m += get_num_groups(0)) {
    const size_t at = (size_t)m * a.cols;
    row_wide_read(held, n.x + at, a.cols, pieces);
    if (n.residual && !(old_residual && m == first))
      row_wide_read(residual, n.residual + at, a.cols, pieces);
    if (n.residual) {
#pragma unroll
      for (int i = 0; i < ROW_WIDE_ALL; ++i)
        if (i < pieces) held[i] = held[i] + residual[i];
    }
    if (n.residual && a.write_sum) row_wide_write(held, n.sum + at, a.cols, pieces);
    row_wide_norm(held, gamma, beta, a.cols, a.eps, pieces, shared);
    if (a.write_y) row_wide_write(held, n.y + at, a.cols, pieces);
    if (n.codes) row_wide_quantize(held, m, turn, a.cols, pieces, n.codes, n.scales, a.out, shared);
    turn = 1 - turn;
  }
}

// A norm's step: its kernel's buffers, in whose order a residual and codes may be missing.
static inline __attribute__((always_inline)) void persistent_norm_step(
    local const struct step* step, const struct persistent_meeting meeting, const int kind,
    local float* shared) {
  const struct layer_norm_args a = ARGS(layer_norm_args);
  const bool adds = kind != STEP_LAYER_NORM_QUANTIZE, codes = kind != STEP_ADD_LAYER_NORM;
  const int after = adds ? 1 : 0;  // the residual
  const struct persistent_norm n = {
      AT(const float, 0),
      adds ? AT(const float, 1) : 0,
      AT(const float, 1 + after),
      AT(const float, 2 + after),
      adds ? AT(float, 4) : 0,
      AT(float, 3 + 2 * after),
      codes ? AT(char, 4 + 2 * after) : 0,
      codes ? AT(float, 5 + 2 * after) : 0,
  };
  const bool old = adds && step->old_residual;
  if (a.cols <= ROW_WIDE_HALF * ROW_WIDE_ITEMS)
    persistent_norm_rows(n, a, old, meeting, ROW_WIDE_HALF, shared);
  else
    persistent_norm_rows(n, a, old, meeting, ROW_WIDE_ALL, shared);
}

static inline void persistent_fetch(local struct step* to, global const struct step* from) {
  // The last warp's items. Computed here and not ahead of all steps: registers are short.
  const int piece = wgmma_here(PERSISTENT_ITEMS - 1 - (int)get_local_id(0));
  if (piece < STEP_WORDS / 4)
    nvidia_copy16((local uint4*)to + piece, (global const uint4*)from + piece);
}

// Weights come from memory, since no cache holds those of all layers: they are asked for a product
// earlier. The copying item does it when its copies are under way.
static inline void persistent_ask_ahead(local const struct step* step) {
  if ((int)get_local_id(0) != COPIER) return;
  const uint stride = AHEAD_PIECE * (uint)get_num_groups(0);
  for (uint at = AHEAD_PIECE * (uint)get_group_id(0); at < step->ahead_bytes; at += stride)
    nvidia_prefetch_bulk((global const char*)(size_t)step->ahead + at,
                         min((uint)AHEAD_PIECE, step->ahead_bytes - at));
}

kernel __attribute__((reqd_work_group_size(PERSISTENT_ITEMS, 1, 1))) void persistent_wgmma(
    global const struct step* steps, global uint* counter, const struct persistent_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES], narrow_barriers[2 * WGMMA_NARROW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  local uint4 attention[ATTENTIONS * ATTENTION_I8_MMA_MEMORY];
  local float shared[ROW_WIDE_SHARED] __attribute__((aligned(16)));
  local struct step steps_here[2] __attribute__((aligned(16)));
  struct persistent_pool pool = {wgmma_ring_init(data, barriers, wgmma_few()),
                                 wgmma_ring_init(data, narrow_barriers, wgmma_narrow()),
                                 0,
                                 0,
                                 pairs,
                                 attention,
                                 shared};
  persistent_fetch(&steps_here[0], steps);
  nvidia_copies_wait();
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < args.count; ++i) {
    local const struct step* const step = &steps_here[i % 2];
    const struct persistent_meeting meeting = {counter,
                                               args.arrivals + (uint)i * (uint)get_num_groups(0)};
    // The next step is here before this one ends; nobody reads the one before any more.
    if (i + 1 < args.count) persistent_fetch(&steps_here[(i + 1) % 2], steps + i + 1);
    switch (step->kind) {
      case STEP_LINEAR_W8A8:
        persistent_linear(step, meeting, pool.ring, &pool.passed, wgmma_few(), pairs);
        break;
      case STEP_LINEAR_W8A8_NARROW:
        persistent_linear(step, meeting, pool.narrow, &pool.narrow_passed, wgmma_narrow(), pairs);
        break;
      case STEP_LINEAR_W8A8_GELU_QUANTIZE:
        persistent_linear_gelu_quantize(step, meeting, &pool, 0);
        break;
      case STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH:
        persistent_linear_gelu_quantize(step, meeting, &pool, 1);
        break;
      case STEP_LINEAR_W8A8_QUANTIZE_QKV:
        persistent_linear_quantize_qkv(step, meeting, &pool, 64);
        break;
      case STEP_LINEAR_W8A8_QUANTIZE_QKV_D32:
        persistent_linear_quantize_qkv(step, meeting, &pool, 32);
        break;
      case STEP_ATTENTION_I8:
        persistent_attention(step, meeting, &pool, 64);
        break;
      case STEP_ATTENTION_I8_D32:
        persistent_attention(step, meeting, &pool, 32);
        break;
      case STEP_QUANTIZE_TOKENS:
        persistent_quantize(step, meeting, ROW_WIDE_ALL, shared);
        break;
      case STEP_LAYER_NORM_QUANTIZE:
      case STEP_ADD_LAYER_NORM_QUANTIZE:
      case STEP_ADD_LAYER_NORM:
        persistent_norm_step(step, meeting, step->kind, shared);
        break;
    }
    persistent_ask_ahead(step);
    if (i + 1 == args.count) break;
    persistent_arrive(counter);
  }
}
