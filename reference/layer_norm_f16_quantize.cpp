#include "reference/layer_norm_f16_quantize.h"

#include "reference/moments.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {

LayerNormF16Quantize layer_norm_f16_quantize(const MatrixF& x, std::span<const float> gamma,
                                             std::span<const float> beta, float eps, Index group) {
  const MatrixF y = norm64(x, gamma, beta, eps);
  return {to_f16(y), quantize_tokens(y, group)};
}

}  // namespace zerocl::reference
