#include "bench/eigen_product.h"

#include <Eigen/Core>

namespace zerocl::bench {

void eigen_product(const float* x, const float* w, float* y, int rows, int outputs, int inputs,
                   int threads) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::setNbThreads(threads);
  const Eigen::Map<const Matrix> a(x, rows, inputs), b(w, outputs, inputs);
  Eigen::Map<Matrix> c(y, rows, outputs);
  c.noalias() = a * b.transpose();
}

}  // namespace zerocl::bench
