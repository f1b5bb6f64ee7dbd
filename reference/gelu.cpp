#include "reference/gelu.h"

#include <span>

#include "reference/elementary.h"

namespace zerocl::reference {

namespace {

using Function = void (*)(std::span<const float>, std::span<float>);

MatrixF of_each(const MatrixF& x, Function function) {
  MatrixF y(x.rows(), x.cols());
  function(std::span(x.data(), static_cast<std::size_t>(x.size())),
           std::span(y.data(), static_cast<std::size_t>(y.size())));
  return y;
}

}  // namespace

MatrixF gelu(const MatrixF& x, GeluForm form) {
  return form == GeluForm::erf ? of_each(x, gelu_erf) : of_each(x, gelu_tanh);
}

MatrixF gelu_coarse(const MatrixF& x, GeluForm form) {
  return form == GeluForm::erf ? of_each(x, gelu_coarse_erf) : of_each(x, gelu_coarse_tanh);
}

MatrixF gelu_fine(const MatrixF& x, GeluForm form) {
  return form == GeluForm::erf ? of_each(x, gelu_fine_erf) : of_each(x, gelu_fine_tanh);
}

}  // namespace zerocl::reference
