#include "reference/add_layer_norm_quantize.h"

#include "reference/add_layer_norm.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {

AddLayerNormQuantize add_layer_norm_quantize(const MatrixF& x, const MatrixF& residual,
                                             std::span<const float> gamma,
                                             std::span<const float> beta, float eps, Index group) {
  AddLayerNorm normed = add_layer_norm(x, residual, gamma, beta, eps);
  Quantized q = quantize_tokens(normed.y, group);
  return {std::move(normed.sum), std::move(normed.y), std::move(q)};
}

}  // namespace zerocl::reference
