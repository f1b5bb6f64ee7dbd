// Arguments of linear_f32 (NUMERICS.md 3.6) and the layouts of its packed weights.
#pragma once

#include "abi/types.h"

struct linear_f32_args {
  abi_int rows;      // M
  abi_int outputs;   // N
  abi_int inputs;    // K
  abi_int x_stride;  // elements from one row of x to the next, >= K
  abi_int y_stride;  // elements from one row of y to the next, >= N
  abi_int has_bias;  // 0: the bias is a null pointer
};
ABI_ASSERT_SIZE(linear_f32_args, 24);

// Where the element of output n and input k lies in a packed weight (an index of floats, size_t
// before any product).

// Family "panels" (linear_f32.cl): panels of 32 outputs; in a panel, the outputs of one input side
// by side. The last panel is filled up with 0.
#define LINEAR_F32_PANEL 32
#define LINEAR_F32_PANELS_INDEX(n, k, K)                                             \
  (((size_t)(n) / LINEAR_F32_PANEL * (size_t)(K) + (size_t)(k)) * LINEAR_F32_PANEL + \
   (size_t)(n) % LINEAR_F32_PANEL)

// Family "columns" (linear_f32.group.cl): [K, N rounded up to 32], the padding holds 0.
#define LINEAR_F32_COLUMNS_STRIDE(N) (((size_t)(N) + 31) / 32 * 32)
#define LINEAR_F32_COLUMNS_INDEX(n, k, N) ((size_t)(k)*LINEAR_F32_COLUMNS_STRIDE(N) + (size_t)(n))

// Launch shapes, which kernel and launcher must agree on.
#define LINEAR_F32_TILE_ROWS 8           // rows of a work-item, CPU shape; one panel of outputs
#define LINEAR_F32_GROUP_TILE 128        // rows, and outputs, of a work-group of linear_f32_group
#define LINEAR_F32_GROUP_SIZE 256        // its work-items, 8 x 8 outputs each
#define LINEAR_F32_GROUP_FEW_ROWS 8      // rows of a work-group of linear_f32_group_few
#define LINEAR_F32_GROUP_FEW_OUTPUTS 32  // its outputs
#define LINEAR_F32_GROUP_FEW_SIZE 256    // its work-items, an output each
