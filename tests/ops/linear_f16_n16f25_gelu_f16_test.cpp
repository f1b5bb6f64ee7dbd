#include "host/ops/linear_f16_n16f25_gelu_f16.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/linear_f16_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_f16_n16f25_gelu_f16.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_f16_n16f25_gelu_f16_family();

TEST(LinearF16N16F25GeluF16, DeviceHasTheBitsOfTheReference) {
  check_family(linear_f16_n16f25_gelu_f16_family());
}

// What stands between the steps is f32: rounding it to f16 as well would give other bits.
TEST(LinearF16N16F25GeluF16, ReferenceRoundsOnceAtTheEnd) {
  reference::MatrixF x(1, 2), w(1, 2);
  x << 2.0f, 0x1p-11f;
  w << 1.0f, 1.0f;
  const auto y = reference::linear_f16_n16f25_gelu_f16(reference::to_f16(x), reference::to_f16(w),
                                                       {}, reference::GeluForm::erf);
  reference::MatrixF sum(1, 1);
  sum << 2.0f + 0x1p-11f;
  EXPECT_EQ(y(0, 0), reference::gelu_f16(sum, reference::GeluForm::erf)(0, 0));
}

TEST(LinearF16N16F25GeluF16, RefusesWrongOperands) {
  Queue& queue = shared_queue();
  const auto x = reference::to_f16(make_matrix(1, 3, 8, Fill::random));
  const auto w = reference::to_f16(make_matrix(2, 5, 8, Fill::random));
  const LinearF16Operands operands = upload_linear_f16(queue, "group", x, w, {});
  const DeviceF16 y = allocate_f16(queue, 3, 5, ops::F16Layout::tiles);
  const DeviceF16 narrow = allocate_f16(queue, 3, 4, ops::F16Layout::tiles);
  const auto call = [&](const DeviceF16& to) {
    return [&] {
      ops::linear_f16_n16f25_gelu_f16(queue, operands.x.view, operands.weight, ops::GeluForm::erf,
                                      to.view);
    };
  };
  expect_error(call(narrow), {"linear_f16_n16f25_gelu_f16", "expected f16 [3, 5]"});
  expect_error(call(y), {"linear_f16_n16f25_gelu_f16", "tiles"});
}

}  // namespace zerocl
