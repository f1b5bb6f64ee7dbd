#include "host/ops/layer_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <numeric>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/layer_norm.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily layer_norm_family();

TEST(LayerNorm, DeviceHasTheBitsOfTheReference) {
  check_family(layer_norm_family());
}

TEST(LayerNorm, ReferenceByHand) {
  reference::MatrixF x(2, 4);
  x << 1, -1, 1, -1, 5, 5, 5, 5;
  const std::vector<float> gamma = {1, 2, -3, 0}, beta = {0, 10, 1, 7};
  const reference::MatrixF y = reference::layer_norm(x, gamma, beta, 0.0f);
  EXPECT_EQ(y(0, 0), 1.0f);  // mean 0, variance 1
  EXPECT_EQ(y(0, 1), 8.0f);
  EXPECT_EQ(y(0, 2), -2.0f);
  EXPECT_EQ(y(0, 3), 7.0f);
  EXPECT_TRUE(std::isnan(y(1, 0)));  // 0 * (1 / sqrt(0)), which eps prevents
  const reference::MatrixF with_eps = reference::layer_norm(x, gamma, beta, 1e-5f);
  for (reference::Index k = 0; k < 4; ++k)
    EXPECT_EQ(with_eps(1, k), beta[static_cast<std::size_t>(k)]);
}

// With u = 2^-24, xhat the exact normalized element, sigma = sqrt(var + eps), C = K/256 + 16 (the
// additions that an element goes through, twice): the mean is off by up to C u mean|x|, rstd by
// C/2 u, and four roundings follow:
//   |y - exact| <= C u (|gamma| (mean|x| / sigma + |xhat|) + |y|)
TEST(LayerNorm, ReferenceIsWithinItsBound) {
  double worst = 0;
  for (const std::int64_t cols : {3, 17, 256, 300, 768, 5000}) {
    const reference::MatrixF x = make_matrix(9, 20, cols, Fill::random);
    const std::vector<float> gamma = make_vector(10, cols, 1.0f),
                             beta = make_vector(11, cols, 0.0f);
    const double eps = double{1e-5f};
    const reference::MatrixF y = reference::layer_norm(x, gamma, beta, 1e-5f);
    for (reference::Index m = 0; m < x.rows(); ++m) {
      double mean = 0, mean_abs = 0, var = 0;
      const auto count = static_cast<double>(cols);
      for (reference::Index k = 0; k < cols; ++k) mean += x(m, k) / count;
      for (reference::Index k = 0; k < cols; ++k) mean_abs += std::fabs(x(m, k)) / count;
      for (reference::Index k = 0; k < cols; ++k) var += std::pow(x(m, k) - mean, 2) / count;
      const double sigma = std::sqrt(var + eps), c = count / 256 + 16;
      for (reference::Index k = 0; k < cols; ++k) {
        const auto i = static_cast<std::size_t>(k);
        const double xhat = (x(m, k) - mean) / sigma, exact = xhat * gamma[i] + beta[i];
        const double bound =
            c * 0x1p-24 *
            (std::fabs(gamma[i]) * (mean_abs / sigma + std::fabs(xhat)) + std::fabs(exact));
        worst = std::max(worst, std::fabs(y(m, k) - exact) / bound);
      }
    }
  }
  std::printf("  largest error: %.3f of the bound\n", worst);
  EXPECT_LE(worst, 1.0);
}

TEST(LayerNorm, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 3, 19);
  const Buffer gamma = allocate_i32(queue, 20), few = allocate_i32(queue, 19);
  expect_error([&] { ops::layer_norm(queue, x.tensor, gamma, gamma, 1e-5f, y.tensor); },
               {"layer_norm", "y is f32 [3, 19]", "[3, 20]"});
  expect_error([&] { ops::layer_norm(queue, x.tensor, gamma, few, 1e-5f, x.tensor); },
               {"layer_norm", "beta", "76 bytes", "20 elements"});
  expect_error([&] { ops::layer_norm(queue, x.tensor, {}, gamma, 1e-5f, x.tensor); },
               {"layer_norm", "gamma", "0 bytes"});
  Tensor strided = x.tensor;
  strided.cols = 10;
  expect_error([&] { ops::layer_norm(queue, strided, gamma, gamma, 1e-5f, strided); },
               {"layer_norm", "stride 20", "contiguous"});
}

}  // namespace zerocl
