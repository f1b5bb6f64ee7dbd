#include "host/ops/tanh.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/tanh.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily tanh_family();

TEST(Tanh, DeviceHasTheBitsOfTheReference) {
  check_family(tanh_family());
}

TEST(Tanh, ReferenceIsTanhOfEachElement) {
  const reference::MatrixF x = make_matrix(25, 50, 70, Fill::random);
  const reference::MatrixF y = reference::tanh(x);
  for (reference::Index i = 0; i < x.size(); ++i)
    EXPECT_NEAR(y.data()[i], std::tanh(double{x.data()[i]}), 3 * 0x1p-24) << x.data()[i];
}

TEST(Tanh, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 20, 3);
  expect_error([&] { ops::tanh(queue, x.tensor, y.tensor); }, {"tanh", "y is f32 [20, 3]"});
}

}  // namespace zerocl
