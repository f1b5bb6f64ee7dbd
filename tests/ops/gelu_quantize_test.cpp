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
    const reference::Quantized steps = reference::quantize_tokens(reference::gelu(x, form), 16);
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

TEST(GeluQuantize, WarpsTakeTheRowsThatTheyCan) {
  DeviceFacts facts;
  facts.is_gpu = true;
  const auto variant = [&](std::int64_t cols, std::int64_t group) {
    return ops::gelu_quantize_kernel(facts, cols, group).variant;
  };
  EXPECT_EQ(variant(3072, 3072), "group") << "not NVIDIA's";
  facts.nvidia_sm_major = 9;
  EXPECT_EQ(variant(3072, 3072), "warp");
  EXPECT_EQ(variant(8192, 8192), "warp");
  EXPECT_EQ(variant(3072, 128), "warp");
  EXPECT_EQ(variant(3072, 16), "warp");
  EXPECT_EQ(variant(3072, 48), "group") << "no power of two";
  EXPECT_EQ(variant(3072, 512), "group") << "more than a warp's piece";
  EXPECT_EQ(variant(3076, 3076), "group") << "no whole eights";
  EXPECT_EQ(variant(8200, 8200), "group") << "too long";
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20);
  const DeviceCodes q = allocate_codes(queue, 3, 20, 20, ops::CodesLayout::i8);
  expect_error([&] { ops::gelu_quantize(queue, x.tensor, ops::GeluForm::erf, q.view, "warp"); },
               {"gelu_quantize", "'warp'", "20"});
}

}  // namespace zerocl
