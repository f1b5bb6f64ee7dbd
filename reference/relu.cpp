#include "reference/relu.h"

#include <span>

#include "reference/elementary.h"

namespace zerocl::reference {

MatrixF relu(const MatrixF& x) {
  MatrixF y(x.rows(), x.cols());
  relu(std::span(x.data(), static_cast<std::size_t>(x.size())),
       std::span(y.data(), static_cast<std::size_t>(y.size())));
  return y;
}

}  // namespace zerocl::reference
