// Operator: gelu_quantize (NUMERICS.md 3.9)
// What:     quantize_tokens(gelu_coarse(x)); the float result is not written
// Buffers:  x f32 [M, K], codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct gelu_quantize_args
// Launch:   one work-group of 256 items a row
// Variants: GPU shape of gelu_quantize.cl
#include "abi/gelu.h"
#include "common/row_group.h"

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void gelu_quantize_group(global const float* x, global char* codes, global float* scales,
                         const struct gelu_quantize_args args) {
  local uint scratch[ROW_SEGMENT_SCRATCH];
  const int m = get_group_id(0);
  const int kind = args.form == GELU_ERF ? ROW_GELU_ERF : ROW_GELU_TANH;
  const struct row_source row = {kind, x + (size_t)m * args.cols, 0, 0, 0, 0.0f, 0.0f};
  float held[ROW_REGISTERS];
  row_hold(row, args.cols, held);
  row_quantize(row, held, m, args.cols, codes, scales, args.out, scratch);
}
