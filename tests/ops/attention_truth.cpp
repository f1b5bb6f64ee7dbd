#include "tests/ops/attention_truth.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cl_kernels/abi/numerics.h"

namespace zerocl {

AttentionTruth attention_truth(const std::vector<double>& x, const std::vector<double>& x_error,
                               const std::vector<double>& v) {
  constexpr double u = 0x1p-24;
  const double largest = *std::max_element(x.begin(), x.end());
  const double largest_error = *std::max_element(x_error.begin(), x_error.end());
  const double blocks = std::ceil(static_cast<double>(x.size()) / KEY_BLOCK);
  const double sums = (3.6 + 3) * u * (blocks + 1) + (KEY_BLOCK + 8) * u;
  double weight = 0, weighted = 0, magnitude = 0, weight_error = 0, weighted_error = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double p = std::exp2(x[j] - largest);
    const double relative =
        sums + std::numbers::ln2 * (x_error[j] + largest_error + 2 * u * (largest - x[j]));
    weight += p;
    weighted += p * v[j];
    magnitude += p * std::fabs(v[j]);
    weight_error += p * relative;
    weighted_error += p * relative * std::fabs(v[j]);
  }
  return {weighted / weight,
          1.01 * (weighted_error / weight + magnitude / weight * (weight_error / weight))};
}

}  // namespace zerocl
