#include "reference/gather_rows.h"

namespace zerocl::reference {
namespace {

template <class T>
Matrix<T> rows_of(const Matrix<T>& x, std::span<const std::int32_t> index) {
  Matrix<T> y(static_cast<Index>(index.size()), x.cols());
  for (Index i = 0; i < y.rows(); ++i) y.row(i) = x.row(index[static_cast<std::size_t>(i)]);
  return y;
}

}  // namespace

MatrixF gather_rows(const MatrixF& x, std::span<const std::int32_t> index) {
  return rows_of(x, index);
}

MatrixF16 gather_rows(const MatrixF16& x, std::span<const std::int32_t> index) {
  return rows_of(x, index);
}

Quantized gather_rows(const Quantized& x, std::span<const std::int32_t> index) {
  return {rows_of(x.codes, index), rows_of(x.scales, index), x.group};
}

}  // namespace zerocl::reference
