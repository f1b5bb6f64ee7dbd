#include "reference/add_layer_norm_f16_quantize.h"

#include "reference/add_layer_norm_f16.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {

LayerNormF16Quantize add_layer_norm_f16_quantize(const MatrixF& x, const MatrixF16& residual,
                                                 std::span<const float> gamma,
                                                 std::span<const float> beta, float eps,
                                                 Index group) {
  LayerNormF16 norm = add_layer_norm_f16(x, residual, gamma, beta, eps);
  return {std::move(norm.y16), quantize_tokens(norm.y, group)};
}

}  // namespace zerocl::reference
