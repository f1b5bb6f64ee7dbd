// Arguments of gelu and gelu_quantize (NUMERICS.md 3.9).
#pragma once

#include "abi/quantize_tokens.h"
#include "abi/types.h"

// Attribute form.
#define GELU_ERF 0   // x * Phi(x): BERT, ...
#define GELU_TANH 1  // the tanh approximation: GPT-2, ...

struct gelu_args {
  abi_uint count;  // elements
  abi_int form;    // GELU_ERF or GELU_TANH
};
ABI_ASSERT_SIZE(gelu_args, 8);

struct gelu_quantize_args {
  abi_int rows;  // M
  abi_int cols;  // K
  abi_int form;  // GELU_ERF or GELU_TANH
  struct quantize_output out;
};
ABI_ASSERT_SIZE(gelu_quantize_args, 28);
