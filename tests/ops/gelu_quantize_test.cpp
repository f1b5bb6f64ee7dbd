#include "host/ops/gelu_quantize.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/gelu_quantize.h"
#include "reference/quantize_tokens.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily gelu_quantize_family();

TEST(GeluQuantize, DeviceHasTheBitsOfTheReference) {
  check_family(gelu_quantize_family());
}

TEST(GeluQuantize, ReferenceIsTheCompositionOfItsName) {
  const reference::MatrixF x = make_matrix(24, 5, 70, Fill::random);
  for (const auto form : {reference::GeluForm::erf, reference::GeluForm::tanh}) {
    const reference::Quantized q = reference::gelu_quantize(x, form, 16);
    const reference::Quantized steps =
        reference::quantize_tokens(reference::gelu_coarse(x, form), 16);
    EXPECT_EQ(q.codes, steps.codes);
    EXPECT_EQ(q.scales, steps.scales);
  }
}

TEST(GeluQuantize, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20);
  const DeviceCodes q = allocate_codes(queue, 4, 20, 20, ops::CodesLayout::i16);
  expect_error([&] { ops::gelu_quantize(queue, x.tensor, ops::GeluForm::tanh, q.view); },
               {"gelu_quantize", "i16 [4, 20]", "i16 [3, 20]"});
}

}  // namespace zerocl
