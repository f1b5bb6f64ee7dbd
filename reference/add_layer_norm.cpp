#include "reference/add_layer_norm.h"

#include "reference/layer_norm.h"

namespace zerocl::reference {

AddLayerNorm add_layer_norm(const MatrixF& x, const MatrixF& residual, std::span<const float> gamma,
                            std::span<const float> beta, float eps) {
  MatrixF sum(x.rows(), x.cols());
  for (Index m = 0; m < x.rows(); ++m)
    for (Index k = 0; k < x.cols(); ++k) sum(m, k) = x(m, k) + residual(m, k);
  MatrixF y = layer_norm(sum, gamma, beta, eps);
  return {std::move(sum), std::move(y)};
}

}  // namespace zerocl::reference
