// Operator: quantize_tokens (NUMERICS.md 3.2)
// What:     each group of a row to codes rint(x * 127 / absmax) and the scale absmax / 127
// Buffers:  x f32 [M, K], codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct quantize_tokens_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of quantize_tokens.cl
// Source:   ZeroQuant, arXiv 2206.01861, 3.2 (token-wise quantization)
#include "abi/quantize_tokens.h"
#include "common/row_group.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void quantize_tokens_group(global const float* x, global char* codes, global float* scales,
                           const struct quantize_tokens_args args) {
  local uint scratch[ROW_SEGMENT_SCRATCH];
  const int m = get_group_id(0);
  const struct row_source row = {ROW_PLAIN, x + (size_t)m * args.cols, 0, 0, 0, 0.0f, 0.0f};
  float held[ROW_REGISTERS];
  row_hold(row, args.cols, held);
  row_quantize(row, held, m, args.cols, codes, scales, args.out, scratch);
}
