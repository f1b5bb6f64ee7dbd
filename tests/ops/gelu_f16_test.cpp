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
  EXPECT_EQ(y(0, 2), 0x8000);  // gelu_fine: -0
  EXPECT_EQ(y(0, 3), 0x7c00);
}

// Other bits than those of f16(gelu(x)), whose error is far below an f16's: where gelu_fine's
// decides the last place, and where it is x, or cut off, already.
TEST(GeluF16, ReferenceIsGeluFine) {
  struct Example {
    float x;
    reference::GeluForm form;
    int fine, exact;
  };
  constexpr auto kErf = reference::GeluForm::erf, kTanh = reference::GeluForm::tanh;
  constexpr float kHalfway = 4.638671875f;  // between 0x44a3 and 0x44a4: x goes to even
  for (const Example& e :
       {Example{-1.455f, kErf, 0xaec9, 0xaec8}, Example{0.3f, kTanh, 0x31ee, 0x31ef},
        Example{kHalfway, kErf, 0x44a4, 0x44a3}, Example{kHalfway, kTanh, 0x44a4, 0x44a3},
        Example{-5.0f, kErf, 0x8000, 0x8018}, Example{-5.0f, kTanh, 0x8000, 0x8004}}) {
    reference::MatrixF x(1, 1);
    x << e.x;
    EXPECT_EQ(reference::gelu_f16(x, e.form)(0, 0), e.fine) << e.x;
    EXPECT_EQ(reference::to_f16(reference::gelu(x, e.form))(0, 0), e.exact) << e.x;
  }
}

TEST(GeluF16, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 5);
  const DeviceF16 y = allocate_f16(queue, 3, 4, ops::F16Layout::rows);
  expect_error([&] { ops::gelu_f16(queue, x.tensor, ops::GeluForm::erf, y.view); },
               {"gelu_f16", "[3, 4]", "expected f16 [3, 5]"});
}

}  // namespace zerocl
