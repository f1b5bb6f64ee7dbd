#include "host/ops/gelu_f16.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "reference/gelu_f16.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily gelu_f16_family();

TEST(GeluF16, DeviceHasTheBitsOfTheReference) {
  check_family(gelu_f16_family());
}

TEST(GeluF16, ReferenceRoundsOnce) {
  reference::MatrixF x(1, 4);
  x << 0.0f, 20.0f, -20.0f, 65520.0f;
  const reference::MatrixF16 y = reference::gelu_f16(x, reference::GeluForm::erf);
  EXPECT_EQ(y(0, 0), 0);
  EXPECT_EQ(y(0, 1), reference::to_f16(20.0f));
  EXPECT_EQ(y(0, 2), 0x8000);  // -1.1e-33
  EXPECT_EQ(y(0, 3), 0x7c00);
}

TEST(GeluF16, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 5);
  const DeviceF16 y = allocate_f16(queue, 3, 4, ops::F16Layout::rows);
  expect_error([&] { ops::gelu_f16(queue, x.tensor, ops::GeluForm::erf, y.view); },
               {"gelu_f16", "[3, 4]", "expected f16 [3, 5]"});
}

}  // namespace zerocl
