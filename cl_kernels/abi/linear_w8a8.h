// Arguments of linear_w8a8 (NUMERICS.md 3.5) and the layouts of its packed weights, one for each
// family of variants.
#pragma once

#include "abi/layouts.h"
#include "abi/types.h"

struct linear_w8a8_args {
  abi_int rows;      // M
  abi_int outputs;   // N
  abi_int inputs;    // K <= K_LIMIT
  abi_int group;     // inputs of one integer sum: the smaller of the groups of x and w
  abi_int groups;    // integer sums an output: ceil(K / group)
  abi_int x_span;    // integer sums that share a scale of x
  abi_int x_groups;  // scales a row of x
  abi_int w_span;    // integer sums that share a scale of w
  abi_int w_groups;  // scales a row of w
  abi_int y_stride;  // elements from one row of y to the next, >= N
  abi_int has_bias;  // 0: the bias is a null pointer
};
ABI_ASSERT_SIZE(linear_w8a8_args, 44);

// Where the code of output n and input k lies in a packed weight with K inputs, in bytes: panels of
// `panel` outputs; in a panel, for each run of `run` inputs, the runs of its outputs one after
// another. Padding (inputs up to CODES_STRIDE(K), outputs up to a whole panel) holds code 0. size_t
// throughout: a weight may exceed 2 GiB.
#define LINEAR_W8A8_INDEX(n, k, K, panel, run)                                           \
  (((size_t)(n) / (panel) * (CODES_STRIDE((size_t)(K)) / (run)) + (size_t)(k) / (run)) * \
       ((panel) * (run)) +                                                               \
   (size_t)(n) % (panel) * (run) + (size_t)(k) % (run))

// Family "pairs" (linear_w8a8.cl): a 16-byte load feeds 8 lanes of 16-bit multiply-add of pairs.
#define LINEAR_W8A8_PAIRS_PANEL 24
#define LINEAR_W8A8_PAIRS_RUN 2

// Family "vnni" (linear_w8a8.vnni.cl): a 64-byte load feeds 16 lanes of vpdpbusd. After the last
// panel: int32 [w_groups, N rounded up to a panel], -128 times the sum of the codes of a group,
// which cancels the 128 that CODES_U8 adds to each activation.
#define LINEAR_W8A8_VNNI_PANEL 32
#define LINEAR_W8A8_VNNI_RUN 4

// Family "rows" (linear_w8a8.group.cl, linear_w8a8.dp4a.cl): row-major, like the activations.
#define LINEAR_W8A8_ROWS_PANEL 1
#define LINEAR_W8A8_ROWS_RUN 1

// Family "tiles" (linear_w8a8.wgmma.cl, linear_w8a8.mma.cl): WEIGHT_TILES_INDEX; padding, up to
// whole tiles, holds code 0. Its scales are [w_groups, N], since neighbouring
// items read neighbouring outputs; those of the other families are [N, w_groups].

// Launch shapes, which kernel and launcher must agree on.
#define LINEAR_W8A8_TILE_ROWS 8           // rows of a work-item, CPU shapes; one panel of outputs
#define LINEAR_W8A8_STILL_INPUTS 1024     // at most, of _wgmma_still
#define LINEAR_W8A8_GROUP_TILE 128        // rows, and outputs, of a work-group of _group and _dp4a
#define LINEAR_W8A8_GROUP_SIZE 256        // its work-items, 8 x 8 outputs each
#define LINEAR_W8A8_GROUP_FEW_ROWS 8      // rows of a work-group of _group_few and _dp4a_few
#define LINEAR_W8A8_GROUP_FEW_OUTPUTS 16  // its outputs
#define LINEAR_W8A8_GROUP_FEW_SIZE 128    // its work-items, 32 to each 4 outputs
