#include "reference/linear_w8a8_add_layer_norm_f16_quantize.h"

#include "reference/linear_w8a8.h"

namespace zerocl::reference {

LayerNormF16Quantize linear_w8a8_add_layer_norm_f16_quantize(
    const Quantized& x, const Quantized& w, std::span<const float> bias, const MatrixF16& residual,
    std::span<const float> gamma, std::span<const float> beta, float eps, Index group) {
  return add_layer_norm_f16_quantize(linear_w8a8(x, w, bias), residual, gamma, beta, eps, group);
}

}  // namespace zerocl::reference
