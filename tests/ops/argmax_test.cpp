#include "host/ops/argmax.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/verify/cases/row_case.h"
#include "reference/argmax.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily argmax_family();

TEST(Argmax, DeviceHasTheBitsOfTheReference) {
  check_family(argmax_family());
}

TEST(Argmax, ReferenceOfSpecialValues) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float nan = std::nanf("");
  reference::MatrixF x(6, 4);
  x << 1, 3, 3, 2,                       // the lowest index of equals
      -0.0f, 0.0f, -1, -0.0f,            // -0 = +0
      nan, -kInfinity, -kInfinity, nan,  // NaN is below -inf
      nan, nan, nan, nan,                // nothing but NaN: the first
      nan, 1, kInfinity, nan,            //
      -5, -0x1p-149f, -3, -0x1p-148f;    // denormals count
  EXPECT_EQ(reference::argmax(x), (std::vector<std::int32_t>{1, 0, 1, 0, 2, 1}));
}

TEST(Argmax, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20);
  const Buffer out = allocate_i32(queue, 2);
  expect_error([&] { ops::argmax(queue, x.tensor, out); },
               {"argmax", "out", "8 bytes", "3 elements"});
  Tensor empty = x.tensor;
  empty.cols = empty.stride = 0;
  expect_error([&] { ops::argmax(queue, empty, out); }, {"argmax", "[3, 0]", "one column"});
}

}  // namespace zerocl
