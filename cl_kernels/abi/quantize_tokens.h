// Arguments of the operator quantize_tokens (NUMERICS.md 3.2); quantize_weight launches it on
// views.
#pragma once

#include "abi/types.h"

// Where a row's codes and scales go: the output side of every operator that ends in
// quantize_tokens.
struct quantize_output {
  abi_int group;   // elements of a row that share a scale, 1 .. cols
  abi_int groups;  // scales a row, ceil(cols / group)
  abi_int stride;  // codes from one row to the next, >= cols; the padding is written as code 0
  abi_int layout;  // one of CODES_* (abi/layouts.h)
};
ABI_ASSERT_SIZE(quantize_output, 16);

// Rows that the variants `warp` take (common/row_warp.h): up to so many elements.
#define ROW_WARP_NARROW 1024
#define ROW_WARP_LIMIT 2048  // of the kernels with _wide in their names
#define ROW_WARP_ROWS 4  // of their work-groups of 128 items: short batches reach more units

struct quantize_tokens_args {
  abi_int rows;  // M
  abi_int cols;  // K
  struct quantize_output out;
};
ABI_ASSERT_SIZE(quantize_tokens_args, 24);
