#include "reference/l2_normalize.h"

#include <cmath>
#include <span>

#include "cl_kernels/abi/numerics.h"
#include "reference/sum_tree.h"

namespace zerocl::reference {

MatrixF l2_normalize(const MatrixF& x) {
  MatrixF y(x.rows(), x.cols());
  for (Index m = 0; m < x.rows(); ++m) {
    const std::span row(x.data() + m * x.cols(), static_cast<std::size_t>(x.cols()));
    const float norm = std::sqrt(sum_tree_256_squares(row));
    const float factor = 1.0f / (L2_NORMALIZE_MIN > norm ? L2_NORMALIZE_MIN : norm);
    for (Index k = 0; k < x.cols(); ++k) y(m, k) = x(m, k) * factor;
  }
  return y;
}

}  // namespace zerocl::reference
