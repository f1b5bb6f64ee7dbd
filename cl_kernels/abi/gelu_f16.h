// Arguments of gelu_f16 (NUMERICS.md 3.21).
#pragma once

#include "abi/f16_layouts.h"
#include "abi/gelu.h"  // GELU_*
#include "abi/types.h"

struct gelu_f16_args {
  abi_int rows;  // M
  abi_int cols;  // K
  abi_int form;  // GELU_ERF or GELU_TANH
  struct f16_matrix y;
};
ABI_ASSERT_SIZE(gelu_f16_args, 20);
