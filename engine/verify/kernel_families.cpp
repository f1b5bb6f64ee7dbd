#include "engine/verify/kernel_case.h"

namespace zerocl {

// One function per operator, in engine/verify/cases/<op>.cpp.
// clang-format off: one a line
#define ZEROCL_FAMILIES(X)                   \
  X(embedding)                               \
  X(quantize_tokens)                         \
  X(quantize_weight)                         \
  X(dequantize)                              \
  X(linear_w8a8)                             \
  X(linear_f32)                              \
  X(layer_norm)                              \
  X(add_layer_norm)                          \
  X(layer_norm_quantize)                     \
  X(add_layer_norm_quantize)                 \
  X(gelu)                                    \
  X(gelu_quantize)                           \
  X(tanh)                                    \
  X(relu)                                    \
  X(quantize_qkv)                            \
  X(store_kv)                                \
  X(attention_i8)                            \
  X(attention_f32)                           \
  X(gather_rows)                             \
  X(mean_pool)                               \
  X(l2_normalize)                            \
  X(argmax)                                  \
  X(top_k)                                   \
  X(linear_w8a8_gelu_quantize)               \
  X(linear_w8a8_quantize_qkv)                \
  X(layer_norm_f16)                          \
  X(add_layer_norm_f16)                      \
  X(gelu_f16)                                \
  X(store_qkv_f16)                           \
  X(linear_f16_n16f25)                       \
  X(attention_f16_n16f25)                    \
  X(linear_f16_n16f25_gelu_f16)              \
  X(linear_f16_n16f25_store_qkv_f16)         \
  X(attention_i8_quantize_tokens)            \
  X(linear_w8a8_quantize)                    \
  X(linear_w8a8_add_layer_norm_f16_quantize) \
  X(layer_norm_f16_quantize)                 \
  X(add_layer_norm_f16_quantize)
// clang-format on

#define ZEROCL_DECLARE(op) KernelFamily op##_family();
ZEROCL_FAMILIES(ZEROCL_DECLARE)
#undef ZEROCL_DECLARE

const std::vector<KernelFamily>& kernel_families() {
#define ZEROCL_CALL(op) op##_family(),
  static const std::vector<KernelFamily> families = {ZEROCL_FAMILIES(ZEROCL_CALL)};
#undef ZEROCL_CALL
  return families;
}

}  // namespace zerocl
