#include "reference/top_k.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "reference/argmax.h"

namespace zerocl::reference {

TopK top_k(const MatrixF& x, Index k) {
  TopK out{MatrixF(x.rows(), k), Matrix<std::int32_t>(x.rows(), k)};
  std::vector<std::int32_t> order(static_cast<std::size_t>(x.cols()));
  for (Index m = 0; m < x.rows(); ++m) {
    std::iota(order.begin(), order.end(), 0);
    // Stable: indices that rank equal stay in ascending order.
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
      return ranks_before(x(m, a), x(m, b));
    });
    for (Index i = 0; i < k; ++i) {
      out.indices(m, i) = order[static_cast<std::size_t>(i)];
      out.values(m, i) = x(m, out.indices(m, i));
    }
  }
  return out;
}

}  // namespace zerocl::reference
