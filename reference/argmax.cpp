#include "reference/argmax.h"

#include <cmath>

namespace zerocl::reference {

bool ranks_before(float a, float b) {
  if (std::isnan(a)) return false;
  return std::isnan(b) || a > b;
}

std::vector<std::int32_t> argmax(const MatrixF& x) {
  std::vector<std::int32_t> index;
  for (Index m = 0; m < x.rows(); ++m) {
    Index best = 0;
    for (Index v = 1; v < x.cols(); ++v)
      if (ranks_before(x(m, v), x(m, best))) best = v;
    index.push_back(static_cast<std::int32_t>(best));
  }
  return index;
}

}  // namespace zerocl::reference
