#include "reference/gather_rows.h"

namespace zerocl::reference {

MatrixF gather_rows(const MatrixF& x, std::span<const std::int32_t> index) {
  MatrixF y(static_cast<Index>(index.size()), x.cols());
  for (Index i = 0; i < y.rows(); ++i) y.row(i) = x.row(index[static_cast<std::size_t>(i)]);
  return y;
}

}  // namespace zerocl::reference
