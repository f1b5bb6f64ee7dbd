#include "reference/linear_f16_n16f25.h"

#include "reference/n16f25.h"

namespace zerocl::reference {

MatrixF linear_f16_n16f25(const MatrixF16& x, const MatrixF16& w, std::span<const float> bias) {
  const Matrix<F16Factor> a = factors_of(x), b = factors_of(w);
  MatrixF y(x.rows(), w.rows());
  for (Index n = 0; n < w.rows(); ++n)
    for (Index m = 0; m < x.rows(); ++m) {
      const float v = n16f25(a.data() + m * a.cols(), b.data() + n * b.cols(), 1, a.cols());
      y(m, n) = bias.empty() ? v : v + bias[static_cast<std::size_t>(n)];
    }
  return y;
}

}  // namespace zerocl::reference
