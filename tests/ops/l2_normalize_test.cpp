#include "host/ops/l2_normalize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/l2_normalize.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily l2_normalize_family();

TEST(L2Normalize, DeviceHasTheBitsOfTheReference) {
  check_family(l2_normalize_family());
}

TEST(L2Normalize, ReferenceByHand) {
  reference::MatrixF x(4, 2);
  x << 3, -4, 0, -0.0f, 1e-20f, 0, NAN, 1;
  const reference::MatrixF y = reference::l2_normalize(x);
  EXPECT_EQ(y(0, 0), 3.0f * 0.2f);
  EXPECT_EQ(y(0, 1), -4.0f * 0.2f);
  EXPECT_EQ(y(1, 0), 0.0f);
  EXPECT_TRUE(std::signbit(y(1, 1)));
  EXPECT_EQ(y(2, 0), 1e-20f * (1.0f / 1e-12f));  // shorter than 1e-12
  EXPECT_TRUE(std::isnan(y(3, 0)) && std::isnan(y(3, 1)));
}

// The sum of squares goes through K/256 + 8 fused additions, the root halves their error, and three
// roundings follow: a relative error of at most (K/512 + 8) u, u = 2^-24.
TEST(L2Normalize, ReferenceIsWithinItsBound) {
  double worst = 0;
  for (const std::int64_t cols : {3, 17, 256, 300, 768, 5000}) {
    const reference::MatrixF x = make_matrix(27, 20, cols, Fill::random);
    const reference::MatrixF y = reference::l2_normalize(x);
    for (reference::Index m = 0; m < x.rows(); ++m) {
      double squares = 0;
      for (reference::Index k = 0; k < cols; ++k) squares += double{x(m, k)} * x(m, k);
      for (reference::Index k = 0; k < cols; ++k) {
        const double exact = x(m, k) / std::sqrt(squares);
        const double bound = (static_cast<double>(cols) / 512 + 8) * 0x1p-24 * std::fabs(exact);
        if (exact != 0) worst = std::max(worst, std::fabs(y(m, k) - exact) / bound);
      }
    }
  }
  std::printf("  largest error: %.3f of the bound\n", worst);
  EXPECT_LE(worst, 1.0);
}

TEST(L2Normalize, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 20, 3);
  expect_error([&] { ops::l2_normalize(queue, x.tensor, y.tensor); },
               {"l2_normalize", "y is f32 [20, 3]", "[3, 20]"});
}

}  // namespace zerocl
