// The functions that the sweep runs on every float, for OpenCL C (sweep.cl) and C++ alike.
// A result is 32 bits: those of a float, with any NaN made canonical, or an integer.
#pragma once

#include "abi/numerics.h"

// X(name, widths): widths 1 = float alone, 16 = float, float8 and float16.
#define SWEEP_FUNCTIONS(X)                                                     \
  X(exp2, 16)                                                                  \
  X(exp, 16)                                                                   \
  X(tanh, 16)                                                                  \
  X(erfc_tail, 16) /* of min(|x|, ERFC_TAIL_MAX) */                            \
  X(tanh_tail, 16) /* of min(|x|, TANH_TAIL_MAX) */                            \
  X(gelu_erf, 16)                                                              \
  X(gelu_tanh, 16)                                                             \
  X(gelu_coarse_erf, 16)                                                       \
  X(gelu_coarse_tanh, 16)                                                      \
  X(gelu_fine_erf, 16)                                                         \
  X(gelu_fine_tanh, 16)                                                        \
  X(relu, 16)                                                                  \
  X(rsqrt, 16)                                                                 \
  X(abs_bits, 16)                                                              \
  X(quant_multiplier, 1) /* r of scale(|x|), NUMERICS.md 1.7 */                \
  X(quant_scale, 1)      /* s of scale(|x|) */                                 \
  X(quant_code, 16)      /* x in a group with absolute maximum SWEEP_ABSMAX */ \
  X(quant_code_zero, 16) /* x in a group with r = 0: all codes are 0 */

#define SWEEP_ENUM(name, widths) sweep_##name,
enum sweep_function { SWEEP_FUNCTIONS(SWEEP_ENUM) sweep_function_count };

// Larger magnitudes, which such a group cannot hold, are replaced by 0.
#define SWEEP_ABSMAX 0x1.5bf0a8p+1f

// Sum trees: the longest row, and the shapes of sum_tree.h.
#define SWEEP_ROW_LIMIT 4160
enum sweep_tree { sweep_tree_row, sweep_tree_items_256, sweep_tree_items_32 };
