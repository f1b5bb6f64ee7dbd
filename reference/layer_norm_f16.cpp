#include "reference/layer_norm_f16.h"

#include "reference/layer_norm.h"

namespace zerocl::reference {

LayerNormF16 layer_norm_f16(const MatrixF& x, std::span<const float> gamma,
                            std::span<const float> beta, float eps) {
  MatrixF y = layer_norm(x, gamma, beta, eps);
  MatrixF16 y16 = to_f16(y);
  return {std::move(y), std::move(y16)};
}

}  // namespace zerocl::reference
