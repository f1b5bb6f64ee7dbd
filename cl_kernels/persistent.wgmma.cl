// Scheduler: one launch that walks many, for small batches on Hopper, where each launch costs more
//            than most of them compute
// What:     runs the steps of a table in order; between two steps all work-groups meet
// Buffers:  steps struct step [count]; counter uint, where work-groups arrive
// Args:     struct persistent_args
// Launch:   256 items; no more work-groups than compute units, one each, so that all are resident:
//           a work-group that waits never waits for one that cannot start
// Variants: launching each step runs everywhere and gives the same bits: the code of a step is that
//           of its own kernel
// Source:   persistent megakernels; grid barriers as in CUDA's cooperative groups
#include "abi/persistent.h"
#include "add_layer_norm_quantize.warp.cl"
#include "attention_i8.mma.cl"
#include "layer_norm_quantize.warp.cl"
#include "linear_w8a8.wgmma.cl"
#include "linear_w8a8_gelu_quantize.wgmma.cl"
#include "linear_w8a8_quantize_qkv.wgmma.cl"
#include "quantize_tokens.warp.cl"

#define WARPS (PERSISTENT_ITEMS / 32)
#define ATTENTIONS (PERSISTENT_ITEMS / ATTENTION_MMA_ITEMS)  // tiles of attention side by side

// Work of a step that all work-groups share.
struct persistent_pool {
  struct wgmma_ring ring, narrow;  // in the same memory, with their own barriers
  local float4* pairs;
  local uint4* attention;  // [ATTENTIONS][ATTENTION_I8_MMA_MEMORY]
};

#define AT(type, i) ((global type*)(size_t)step->buffers[i])
#define ARGS(type) (*(local const struct type*)step->args)

// Rows go round the work-groups first and their warps then: few rows reach many units.
static inline int persistent_row() {
  return (int)get_local_id(0) / 32 * (int)get_num_groups(0) + (int)get_group_id(0);
}
static inline int persistent_rows() {
  return WARPS * (int)get_num_groups(0);
}

// Keeps a ring in step with what a product passed through it.
static inline void persistent_ring_used(private struct wgmma_ring* ring,
                                        const struct wgmma_shape shape,
                                        const struct linear_w8a8_args a) {
  const int tiles = wgmma_tiles(shape, a.rows, a.outputs);
  const int groups = get_num_groups(0), left = tiles - (int)get_group_id(0);
  const int mine = left > 0 ? (left + groups - 1) / groups : 0;
  const int stage = ring->stage + mine * wgmma_steps(a.inputs);
  ring->stage = stage % shape.stages;
  ring->parity ^= stage / shape.stages % 2;
}

static inline __attribute__((always_inline)) void persistent_linear(local const struct step* step,
                                                                    private struct wgmma_ring* ring,
                                                                    const struct wgmma_shape shape,
                                                                    local float4* pairs) {
  const struct linear_w8a8_args a = ARGS(linear_w8a8_args);
  linear_w8a8_wgmma_few_run(*ring, shape, pairs, AT(const char, 0), AT(const float, 1),
                            AT(const char, 2), AT(const float, 3), AT(const float, 4), AT(float, 5),
                            a);
  persistent_ring_used(ring, shape, a);
}

static inline __attribute__((always_inline)) void persistent_linear_gelu_quantize(
    local const struct step* step, private struct persistent_pool* pool, const int tanh) {
  const struct linear_w8a8_gelu_quantize_args a = ARGS(linear_w8a8_gelu_quantize_args);
  linear_w8a8_gelu_quantize_wgmma_few_run(
      pool->ring, pool->pairs, tanh, AT(const char, 0), AT(const float, 1), AT(const char, 2),
      AT(const float, 3), AT(const float, 4), AT(uint, 5), AT(char, 6), AT(float, 7), a);
  persistent_ring_used(&pool->ring, wgmma_few(), a.linear);
}

static inline __attribute__((always_inline)) void persistent_linear_quantize_qkv(
    local const struct step* step, private struct persistent_pool* pool, const int size) {
  const struct linear_w8a8_quantize_qkv_args a = ARGS(linear_w8a8_quantize_qkv_args);
  const struct wgmma_qkv_outputs out = {AT(char, 8),   AT(float, 9), AT(char, 10),
                                        AT(float, 11), AT(char, 12), AT(float, 13)};
  linear_w8a8_quantize_qkv_wgmma_few_run(pool->ring, pool->pairs, size, AT(const char, 0),
                                         AT(const float, 1), AT(const char, 2), AT(const float, 3),
                                         AT(const float, 4), AT(const struct sequence_entry, 5),
                                         AT(const int, 6), AT(const int, 7), out, a);
  persistent_ring_used(&pool->ring, wgmma_few(), a.linear);
}

static inline __attribute__((always_inline)) void persistent_attention(
    local const struct step* step, private struct persistent_pool* pool, const int size) {
  const struct attention_i8_args a = ARGS(attention_i8_args);
  const int part = (int)get_local_id(0) / ATTENTION_MMA_ITEMS;
  local uint4* const memory = pool->attention + part * ATTENTION_I8_MMA_MEMORY;
  const struct zcl_i8_cache cache = {AT(const char, 2), AT(const float, 3), AT(const char, 4),
                                     AT(const float, 5)};
  // Tiles, too, go round the work-groups first.
  for (int unit = part * (int)get_num_groups(0) + (int)get_group_id(0); unit < step->units;
       unit += ATTENTIONS * (int)get_num_groups(0)) {
    attention_i8_mma_run(unit, step->units, size, memory, AT(const char, 0), AT(const float, 1),
                         cache, AT(const struct sequence_entry, 6), AT(const int, 7),
                         AT(const struct sequence_tile, 8), AT(float, 9), a);
    attention_i8_mma_barrier();  // the memory may be filled again
  }
}

static inline __attribute__((always_inline)) void persistent_quantize(
    local const struct step* step) {
  const struct quantize_tokens_args a = ARGS(quantize_tokens_args);
  for (int m = persistent_row(); m < a.rows; m += persistent_rows())
    quantize_tokens_warp_run(m, AT(const float, 0), AT(char, 1), AT(float, 2), a);
}

static inline __attribute__((always_inline)) void persistent_norm(local const struct step* step) {
  const struct layer_norm_args a = ARGS(layer_norm_args);
  for (int m = persistent_row(); m < a.rows; m += persistent_rows())
    layer_norm_quantize_warp_run(m, AT(const float, 0), AT(const float, 1), AT(const float, 2),
                                 AT(float, 3), AT(char, 4), AT(float, 5), a);
}

static inline __attribute__((always_inline)) void persistent_add_norm(
    local const struct step* step) {
  const struct layer_norm_args a = ARGS(layer_norm_args);
  for (int m = persistent_row(); m < a.rows; m += persistent_rows())
    add_layer_norm_quantize_warp_run(m, AT(const float, 0), AT(const float, 1), AT(const float, 2),
                                     AT(const float, 3), AT(float, 4), AT(float, 5), AT(char, 6),
                                     AT(float, 7), a);
}

// All items of all work-groups wait until all have come; what any wrote before is then seen by all,
// by their bulk copies too.
static inline void persistent_meet(global uint* counter, const uint arrivals) {
  wgmma_global_written();
  barrier(CLK_LOCAL_MEM_FENCE);
  // The item that will copy asks, since it must know first.
  if ((int)get_local_id(0) == PERSISTENT_ITEMS - WGMMA_ITEMS) {
    nvidia_meet(counter, arrivals);
    wgmma_global_written();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

static inline void persistent_fetch(local struct step* to, global const struct step* from) {
  const int word = get_local_id(0);
  if (word < STEP_WORDS) ((local uint*)to)[word] = ((global const uint*)from)[word];
}

kernel __attribute__((reqd_work_group_size(PERSISTENT_ITEMS, 1, 1))) void persistent_wgmma(
    global const struct step* steps, global uint* counter, const struct persistent_args args) {
  local char data[WGMMA_FEW_DATA] __attribute__((aligned(1024)));
  local ulong barriers[2 * WGMMA_FEW_STAGES], narrow_barriers[2 * WGMMA_NARROW_STAGES];
  local float4 pairs[WGMMA_PAIRS(WGMMA_FEW_OUTPUTS)];
  local uint4 attention[ATTENTIONS * ATTENTION_I8_MMA_MEMORY];
  local struct step steps_here[2];
  struct persistent_pool pool = {wgmma_ring_init(data, barriers, wgmma_few()),
                                 wgmma_ring_init(data, narrow_barriers, wgmma_narrow()), pairs,
                                 attention};
  uint arrivals = args.arrivals;
  persistent_fetch(&steps_here[0], steps);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < args.count; ++i) {
    local const struct step* const step = &steps_here[i % 2];
    // The next step is here before this one ends.
    if (i + 1 < args.count) persistent_fetch(&steps_here[(i + 1) % 2], steps + i + 1);
    switch (step->kind) {
      case STEP_LINEAR_W8A8:
        persistent_linear(step, &pool.ring, wgmma_few(), pairs);
        break;
      case STEP_LINEAR_W8A8_NARROW:
        persistent_linear(step, &pool.narrow, wgmma_narrow(), pairs);
        break;
      case STEP_LINEAR_W8A8_GELU_QUANTIZE:
        persistent_linear_gelu_quantize(step, &pool, 0);
        break;
      case STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH:
        persistent_linear_gelu_quantize(step, &pool, 1);
        break;
      case STEP_LINEAR_W8A8_QUANTIZE_QKV:
        persistent_linear_quantize_qkv(step, &pool, 64);
        break;
      case STEP_LINEAR_W8A8_QUANTIZE_QKV_D32:
        persistent_linear_quantize_qkv(step, &pool, 32);
        break;
      case STEP_ATTENTION_I8:
        persistent_attention(step, &pool, 64);
        break;
      case STEP_ATTENTION_I8_D32:
        persistent_attention(step, &pool, 32);
        break;
      case STEP_QUANTIZE_TOKENS:
        persistent_quantize(step);
        break;
      case STEP_LAYER_NORM_QUANTIZE:
        persistent_norm(step);
        break;
      case STEP_ADD_LAYER_NORM_QUANTIZE:
        persistent_add_norm(step);
        break;
    }
    if (i + 1 == args.count) break;
    arrivals += get_num_groups(0);
    persistent_meet(counter, arrivals);
  }
}
