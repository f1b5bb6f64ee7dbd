#include "reference/add_layer_norm_f16_quantize.h"

#include "reference/add_layer_norm.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {

LayerNormF16Quantize add_layer_norm_f16_quantize(const MatrixF& x, const MatrixF16& residual,
                                                 std::span<const float> gamma,
                                                 std::span<const float> beta, float eps,
                                                 Index group) {
  const MatrixF y = add_layer_norm(from_f16(to_f16(x)), from_f16(residual), gamma, beta, eps).y;
  return {to_f16(y), quantize_tokens(y, group)};
}

}  // namespace zerocl::reference
