#include "reference/layer_norm_f16.h"

#include "reference/moments.h"

namespace zerocl::reference {

LayerNormF16 layer_norm_f16(const MatrixF& x, std::span<const float> gamma,
                            std::span<const float> beta, float eps) {
  MatrixF y = norm64(x, gamma, beta, eps);
  MatrixF16 y16 = to_f16(y);
  return {std::move(y), std::move(y16)};
}

}  // namespace zerocl::reference
