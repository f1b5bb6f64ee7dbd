#include "reference/layer_norm_quantize.h"

#include "reference/layer_norm.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {

LayerNormQuantize layer_norm_quantize(const MatrixF& x, std::span<const float> gamma,
                                      std::span<const float> beta, float eps, Index group) {
  MatrixF y = layer_norm(x, gamma, beta, eps);
  Quantized q = quantize_tokens(y, group);
  return {std::move(y), std::move(q)};
}

}  // namespace zerocl::reference
