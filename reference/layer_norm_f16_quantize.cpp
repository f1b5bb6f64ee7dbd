#include "reference/layer_norm_f16_quantize.h"

#include "reference/layer_norm_f16.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {

LayerNormF16Quantize layer_norm_f16_quantize(const MatrixF& x, std::span<const float> gamma,
                                             std::span<const float> beta, float eps, Index group) {
  LayerNormF16 norm = layer_norm_f16(x, gamma, beta, eps);
  return {std::move(norm.y16), quantize_tokens(norm.y, group)};
}

}  // namespace zerocl::reference
