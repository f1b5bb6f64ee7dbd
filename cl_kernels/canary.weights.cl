// Operator: canary, variant for the weights of attention_i8 on NVIDIA's GPUs
// What:     weights of NUMERICS.md 3.12 and their codes for a value factor of 127, by the powers of
//           two of the special function unit: shows that its error is small enough to give the bits
//           of the portable kernels. As integers, 2^10 p + 2^16 * code
// Buffers:  y float [rows], the scores; result uint [rows]
// Args:     struct canary_args
// Launch:   global size = rows, local size 1
// Variants: none; canary.cl is another check
// Source:   PTX ISA, ex2.approx (an error of up to 2^-22 is promised)
// Not here: the products between which attention_i8's kernels do this
#include "abi/canary.h"
#include "common/attention_i8_weights.h"
#include "common/attention_mma.h"

#define FACTOR_127 0x7bf0  // 127 * 2^9 as f16

// By pairs of f16 as in attention_i8.mma.cl; other bits where attention_i8.mma_row.cl would differ.
kernel void canary_weights(global const float* y, global uint* result,
                           const struct canary_args args) {
  const int row = get_global_id(0);
  if (row >= args.rows) return;
  const float score = y[row] + SCORE_MAGIC;
  const float power = nvidia_exp2(score - ATTENTION_MMA_WEIGHT_LEVEL);
  const uint weight = nvidia_halves(power, power);
  const uint code =
      nvidia_fma_halves(weight, FACTOR_127 | FACTOR_127 << 16, ATTENTION_MMA_CODE_MAGIC);
  const float alone = ATTENTION_ROUND(nvidia_exp2(score - SCORE_MAGIC));
  const uint bits = (weight & 0xffff) | (code & 0xff) << 16;
  result[row] = convert_int(alone * 0x1p10f) == (int)(weight & 0xffff) ? bits : ~bits;
}
