#include "reference/layer_norm.h"

#include <cmath>
#include <vector>

#include "reference/elementary.h"
#include "reference/sum_tree.h"

namespace zerocl::reference {

MatrixF layer_norm(const MatrixF& x, std::span<const float> gamma, std::span<const float> beta,
                   float eps) {
  const auto cols = static_cast<std::size_t>(x.cols());
  const float count = static_cast<float>(x.cols());
  MatrixF y(x.rows(), x.cols());
  std::vector<float> d(cols);
  for (Index m = 0; m < x.rows(); ++m) {
    const std::span row(x.data() + m * x.cols(), cols);
    const float mean = sum_tree_256(row) / count;
    for (std::size_t k = 0; k < cols; ++k) d[k] = row[k] - mean;
    const float var = sum_tree_256_squares(d) / count;
    const float scale = rsqrt(var + eps);
    for (std::size_t k = 0; k < cols; ++k)
      y(m, static_cast<Index>(k)) = std::fma(d[k] * scale, gamma[k], beta[k]);
  }
  return y;
}

}  // namespace zerocl::reference
