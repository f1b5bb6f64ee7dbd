// Operator: gelu_quantize (NUMERICS.md 3.9)
// What:     quantize_tokens(gelu(x)); the float result is not written
// Buffers:  x f32 [M, K], codes [M, stride] in one of the layouts, scales f32 [M, groups]
// Args:     struct gelu_quantize_args
// Launch:   a work-group of 128 items, four warps, a row of at most GELU_QUANTIZE_WARP_LIMIT elements;
//           their number and groups otherwise as row_warp.h says
// Variants: NVIDIA's warps; portable gelu_quantize.group.cl
#include "abi/gelu.h"
#include "common/row_warp.h"

#define WARPS (GELU_QUANTIZE_WARP_ITEMS / 32)
#define PIECES (GELU_QUANTIZE_WARP_LIMIT / (WARPS * SUM_LANES))  // of a warp, 256 elements each

// Where the warp's piece i begins in the row.
static inline int gelu_quantize_warp_at(const int i) {
  return (WARPS * i + (int)get_local_id(0) / 32) * SUM_LANES;
}

// The row's largest magnitude from each item's.
static inline uint gelu_quantize_warp_largest(const uint mine, local uint* largest) {
  const uint of_warp = row_warp_max(mine, 32);
  if (row_warp_lane() == 0) largest[get_local_id(0) / 32] = of_warp;
  barrier(CLK_LOCAL_MEM_FENCE);
  uint most = largest[0];
#pragma unroll
  for (int w = 1; w < WARPS; ++w) most = max(most, largest[w]);
  return most;
}

kernel __attribute__((reqd_work_group_size(GELU_QUANTIZE_WARP_ITEMS, 1, 1))) void
gelu_quantize_warp(global const float* restrict x, global char* restrict codes,
                   global float* restrict scales, const struct gelu_quantize_args args) {
  local uint largest[WARPS];
  const int m = get_group_id(0), cols = args.cols, whole = args.out.groups == 1;
  const struct quantize_output out = args.out;
  global const float* const row = x + (size_t)m * cols;
  float8 held[PIECES];
  uint8 magnitudes = 0;
#pragma unroll
  for (int i = 0; i < PIECES; ++i) {
    const int first = gelu_quantize_warp_at(i), k = first + 8 * row_warp_lane();
    held[i] = k < cols ? row_warp_load(row + k) : (float8)(0.0f);
    if (first >= cols) continue;  // the same for all lanes
    held[i] = args.form == GELU_ERF ? zcl_gelu_erf_8(held[i]) : zcl_gelu_tanh_8(held[i]);
    magnitudes = max(magnitudes, zcl_abs_bits_8(held[i]));
  }
  float r = 0.0f, scale;
  if (whole) {
    zcl_quant_scale(gelu_quantize_warp_largest(zcl_max_8(magnitudes), largest), &r, &scale);
    if (get_local_id(0) == 0) scales[m] = scale;
  }
#pragma unroll
  for (int i = 0; i < PIECES; ++i) {
    const int first = gelu_quantize_warp_at(i), k = first + 8 * row_warp_lane();
    if (first >= out.stride) continue;  // the same for all lanes
    if (!whole) {
      const uint most = row_warp_max(zcl_max_8(zcl_abs_bits_8(held[i])), out.group / 8);
      zcl_quant_scale(most, &r, &scale);
      if (k % out.group == 0 && k < cols) scales[(size_t)m * out.groups + k / out.group] = scale;
    }
    const int8 q = zcl_quant_code_8(held[i], r);
    if (k < out.stride)
      row_warp_store_codes(k < cols ? ZCL_ELEMENT_I_8(q, (size_t)m * cols + k) : (int8)(0), codes,
                           m, k, out);
  }
}
