#include "reference/add_layer_norm_f16.h"

#include "reference/moments.h"

namespace zerocl::reference {

LayerNormF16 add_layer_norm_f16(const MatrixF16& x, const MatrixF16& residual,
                                std::span<const float> gamma, std::span<const float> beta,
                                float eps) {
  MatrixF h = from_f16(x);
  for (Index m = 0; m < h.rows(); ++m)
    for (Index k = 0; k < h.cols(); ++k) h(m, k) = h(m, k) + from_f16(residual(m, k));
  MatrixF y = norm64(h, gamma, beta, eps);
  MatrixF16 y16 = to_f16(y);
  return {std::move(y), std::move(y16)};
}

LayerNormF16 add_layer_norm_f16(const MatrixF& x, const MatrixF16& residual,
                                std::span<const float> gamma, std::span<const float> beta,
                                float eps) {
  return add_layer_norm_f16(to_f16(x), residual, gamma, beta, eps);
}

}  // namespace zerocl::reference
