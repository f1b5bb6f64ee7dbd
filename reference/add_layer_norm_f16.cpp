#include "reference/add_layer_norm_f16.h"

#include "reference/add_layer_norm.h"

namespace zerocl::reference {

LayerNormF16 add_layer_norm_f16(const MatrixF16& x, const MatrixF16& residual,
                                std::span<const float> gamma, std::span<const float> beta,
                                float eps) {
  MatrixF y = add_layer_norm(from_f16(x), from_f16(residual), gamma, beta, eps).y;
  MatrixF16 y16 = to_f16(y);
  return {std::move(y), std::move(y16)};
}

LayerNormF16 add_layer_norm_f16(const MatrixF& x, const MatrixF16& residual,
                                std::span<const float> gamma, std::span<const float> beta,
                                float eps) {
  return add_layer_norm_f16(to_f16(x), residual, gamma, beta, eps);
}

}  // namespace zerocl::reference
