#include "reference/tanh.h"

#include <span>

#include "reference/elementary.h"

namespace zerocl::reference {

MatrixF tanh(const MatrixF& x) {
  MatrixF y(x.rows(), x.cols());
  tanh(std::span(x.data(), static_cast<std::size_t>(x.size())),
       std::span(y.data(), static_cast<std::size_t>(y.size())));
  return y;
}

}  // namespace zerocl::reference
