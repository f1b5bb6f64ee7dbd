// Arguments of the operator gather_rows (NUMERICS.md 3.14).
#pragma once

#include "abi/f16_layouts.h"
#include "abi/types.h"

// Matrices whose rows are taken together, at most; those that are not there have stride 0. Each as
// halves, whatever it holds: a float is two of them, of codes in bytes two are one.
#define GATHER_MATRICES 3
struct gather_rows_args {
  abi_int rows;  // of each y: entries of index
  struct f16_matrix matrices[GATHER_MATRICES];
};
ABI_ASSERT_SIZE(gather_rows_args, 4 + 8 * GATHER_MATRICES);
