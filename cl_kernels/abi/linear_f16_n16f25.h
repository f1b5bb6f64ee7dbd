// Arguments of linear_f16_n16f25 (NUMERICS.md 3.23) and of its fused forms (3.25), and the layouts
// of packed weights.
#pragma once

#include "abi/f16_layouts.h"
#include "abi/kv_cache.h"
#include "abi/sequence.h"
#include "abi/types.h"

struct linear_f16_n16f25_args {
  abi_int rows;         // M
  abi_int outputs;      // N
  abi_int inputs;       // K
  abi_int has_bias;     // 0: the bias is a null pointer
  abi_int y_f16;        // 1: y is f16; 0: f32, row-major, y.stride apart
  struct f16_matrix x;  // rows for the portable shapes, tiles for wgmma
  struct f16_matrix y;
};
ABI_ASSERT_SIZE(linear_f16_n16f25_args, 36);

struct linear_f16_n16f25_store_qkv_f16_args {
  struct linear_f16_n16f25_args linear;  // N = 3 H D; y: q, row-major [M, H*D]
  abi_int heads;                         // H
  abi_int head_size;                     // D
};
ABI_ASSERT_SIZE(linear_f16_n16f25_store_qkv_f16_args, 44);

// Family "panels" (linear_f16_n16f25.cl): panels of 16 outputs; in a panel, the outputs of one
// input side by side. The last panel is filled up with 0. Family "rows" (.group.cl): row-major.
// Family "tiles" (wgmma): F16_TILES with outputs in place of rows, the padding 0.
#define LINEAR_F16_PANEL 16
#define LINEAR_F16_PANELS_INDEX(n, k, K)                                             \
  (((size_t)(n) / LINEAR_F16_PANEL * (size_t)(K) + (size_t)(k)) * LINEAR_F16_PANEL + \
   (size_t)(n) % LINEAR_F16_PANEL)

// Launch shapes, which kernel and launcher must agree on.
#define LINEAR_F16_TILE_ROWS 8    // rows of a work-item, CPU shape; one panel of outputs
#define LINEAR_F16_GROUP_TILE 16  // rows, and outputs, of a work-group: an item each
