// The copying item of a product for few rows, where the rows of x come late: the weights of its
// first tile go into the ring while others still compute x (persistent.wgmma.cl). Of each of these
// stages the full barrier gets its one arrival with the weights and expects the bytes of both, so
// that it completes when the rows have come, too.
#pragma once

#include "common/linear_wgmma.h"

// One item of the group that copies, of a work-group that has a tile.
static inline bool wgmma_early_item(const struct wgmma_shape shape,
                                    const struct linear_w8a8_args args) {
  return wgmma_copies(shape) && get_local_id(0) % WGMMA_ITEMS == 0 &&
         (int)get_group_id(0) < wgmma_tiles(shape, args.rows, args.outputs);
}

// Stages of the first tile that are filled early.
static inline int wgmma_early_steps(const struct wgmma_shape shape,
                                    const struct linear_w8a8_args args) {
  return min(shape.stages, wgmma_steps(args.inputs));
}

static inline uint wgmma_early_x_bytes(const struct wgmma_tile tile, const struct wgmma_shape shape,
                                       const struct linear_w8a8_args args) {
  return min(shape.rows, args.rows - tile.m) * WGMMA_ROW_BYTES;
}
static inline uint wgmma_early_w_bytes(const struct wgmma_tile tile, const struct wgmma_shape shape,
                                       const struct linear_w8a8_args args) {
  return min(shape.outputs, CODES_TILES_STRIDE(args.outputs) - tile.n) * WGMMA_ROW_BYTES;
}

// Weights of step k of a tile into the next stage. A stage is waited for until the consumers have
// given it back, which those of earlier products did before their work-group came here.
static inline void wgmma_early_weights_of(const struct wgmma_ring ring,
                                          const struct wgmma_shape shape,
                                          const struct wgmma_tile tile, const int k,
                                          global const char* w,
                                          const struct linear_w8a8_args args) {
  const size_t block = (size_t)(tile.n / CODES_TILE) * wgmma_steps(args.inputs) + k;
  const uint full = ring.full + 8 * ring.stage;
  const uint w_bytes = wgmma_early_w_bytes(tile, shape, args);
  wgmma_wait(ring.empty + 8 * ring.stage, ring.parity);
  wgmma_arrive_expect(full, wgmma_early_x_bytes(tile, shape, args) + w_bytes);
  wgmma_load(ring.data + ring.stage * WGMMA_STAGE(shape.rows, shape.outputs) +
                 shape.rows * WGMMA_ROW_BYTES,
             w + block * WGMMA_BLOCK + tile.n % CODES_TILE * WGMMA_ROW_BYTES, w_bytes, full);
}

// Before the rows are there. Shapes of one team and at most 128 outputs, no groups along K.
static inline void wgmma_early_weights(struct wgmma_ring ring, const struct wgmma_shape shape,
                                       const int band, global const char* w,
                                       const struct linear_w8a8_args args) {
  if (!wgmma_early_item(shape, args)) return;
  const struct wgmma_tile tile =
      wgmma_tile_of(get_group_id(0), shape, args.rows, args.outputs, band);
  ring.parity ^= 1;  // a fresh ring is empty
  for (int k = 0; k < wgmma_early_steps(shape, args); ++k) {
    wgmma_early_weights_of(ring, shape, tile, k, w, args);
    wgmma_next(&ring, shape);
  }
}

// When they are there: the same ring, which has not moved since.
static inline void wgmma_early_produce(struct wgmma_ring ring, const struct wgmma_shape shape,
                                       const int band, global const char* x, global const char* w,
                                       const struct linear_w8a8_args args) {
  if (!wgmma_early_item(shape, args)) return;
  const int steps = wgmma_steps(args.inputs);
  const int tiles = wgmma_tiles(shape, args.rows, args.outputs);
  int early = wgmma_early_steps(shape, args);
  ring.parity ^= 1;
  for (int t = get_group_id(0); t < tiles; t += get_num_groups(0)) {
    const struct wgmma_tile tile = wgmma_tile_of(t, shape, args.rows, args.outputs, band);
    const uint x_bytes = wgmma_early_x_bytes(tile, shape, args);
    global const char* const from = x + (size_t)(tile.m / CODES_TILE) * steps * WGMMA_BLOCK +
                                    tile.m % CODES_TILE * WGMMA_ROW_BYTES;
    for (int k = 0; k < steps; ++k) {
      if (k >= early) wgmma_early_weights_of(ring, shape, tile, k, w, args);
      wgmma_load(ring.data + ring.stage * WGMMA_STAGE(shape.rows, shape.outputs),
                 from + (size_t)k * WGMMA_BLOCK, x_bytes, ring.full + 8 * ring.stage);
      wgmma_next(&ring, shape);
    }
    early = 0;
  }
}
