#include "host/ops/dequantize.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/dequantize.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily dequantize_family();

TEST(Dequantize, DeviceHasTheBitsOfTheReference) {
  check_family(dequantize_family());
}

// The product of a code and a scale is exact in double: one rounding to float32 remains.
TEST(Dequantize, ReferenceIsTheRoundedProduct) {
  const reference::Quantized q = make_quantized(8, 30, 50, 7, Fill::random);
  const reference::MatrixF y = reference::dequantize(q);
  for (reference::Index m = 0; m < 30; ++m)
    for (reference::Index k = 0; k < 50; ++k)
      EXPECT_EQ(y(m, k), static_cast<float>(double{q.scales(m, k / 7)} * q.codes(m, k)));
}

TEST(Dequantize, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceCodes x = allocate_codes(queue, 3, 20, 20, ops::CodesLayout::i8);
  const DeviceF32 y = allocate_f32(queue, 3, 21);
  expect_error([&] { ops::dequantize(queue, x.view, y.tensor); },
               {"dequantize", "i8 [3, 20]", "[3, 21]"});
  const DeviceF32 small = allocate_f32(queue, 2, 20);
  Tensor lying = small.tensor;
  lying.rows = 3;
  expect_error([&] { ops::dequantize(queue, x.view, lying); },
               {"dequantize", "y is f32 [3, 20]", "160 bytes"});
}

}  // namespace zerocl
