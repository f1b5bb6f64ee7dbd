#include "host/ops/relu.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "engine/verify/cases/row_case.h"
#include "reference/relu.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily relu_family();

TEST(Relu, DeviceHasTheBitsOfTheReference) {
  check_family(relu_family());
}

TEST(Relu, ReferenceOfSpecialValues) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  reference::MatrixF x(1, 7);
  x << 2.5f, -2.5f, -0.0f, 0x1p-149f, kInfinity, -kInfinity, std::nanf("");
  const reference::MatrixF y = reference::relu(x);
  const float want[] = {2.5f, 0.0f, 0.0f, 0x1p-149f, kInfinity, 0.0f};
  for (reference::Index k = 0; k < 6; ++k)
    EXPECT_EQ(std::bit_cast<std::uint32_t>(y(0, k)), std::bit_cast<std::uint32_t>(want[k])) << k;
  EXPECT_TRUE(std::isnan(y(0, 6)));
}

TEST(Relu, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 20, 3);
  expect_error([&] { ops::relu(queue, x.tensor, y.tensor); }, {"relu", "y is f32 [20, 3]"});
}

}  // namespace zerocl
