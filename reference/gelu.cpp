#include "reference/gelu.h"

#include <span>

#include "reference/elementary.h"

namespace zerocl::reference {

MatrixF gelu(const MatrixF& x, GeluForm form) {
  MatrixF y(x.rows(), x.cols());
  const std::span from(x.data(), static_cast<std::size_t>(x.size()));
  const std::span to(y.data(), static_cast<std::size_t>(y.size()));
  if (form == GeluForm::erf)
    gelu_erf(from, to);
  else
    gelu_tanh(from, to);
  return y;
}

}  // namespace zerocl::reference
