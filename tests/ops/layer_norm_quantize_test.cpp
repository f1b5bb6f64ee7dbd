#include "host/ops/layer_norm_quantize.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/layer_norm.h"
#include "reference/layer_norm_quantize.h"
#include "reference/quantize_tokens.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily layer_norm_quantize_family();

TEST(LayerNormQuantize, DeviceHasTheBitsOfTheReference) {
  check_family(layer_norm_quantize_family());
}

TEST(LayerNormQuantize, ReferenceIsTheCompositionOfItsName) {
  const reference::MatrixF x = make_matrix(16, 5, 70, Fill::random);
  const std::vector<float> gamma = make_vector(17, 70, 1.0f), beta = make_vector(18, 70, 0.0f);
  const reference::LayerNormQuantize out =
      reference::layer_norm_quantize(x, gamma, beta, 1e-5f, 16);
  EXPECT_EQ(out.y, reference::layer_norm(x, gamma, beta, 1e-5f));
  const reference::Quantized q = reference::quantize_tokens(out.y, 16);
  EXPECT_EQ(out.q.codes, q.codes);
  EXPECT_EQ(out.q.scales, q.scales);
}

TEST(LayerNormQuantize, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 3, 21);
  const DeviceCodes q = allocate_codes(queue, 3, 21, 20, ops::CodesLayout::u8);
  const Buffer gamma = allocate_i32(queue, 20);
  expect_error(
      [&] { ops::layer_norm_quantize(queue, x.tensor, gamma, gamma, 1e-5f, nullptr, q.view); },
      {"layer_norm_quantize", "u8 [3, 21]", "[3, 20]"});
  expect_error(
      [&] { ops::layer_norm_quantize(queue, x.tensor, gamma, gamma, 1e-5f, &y.tensor, q.view); },
      {"layer_norm_quantize", "y is f32 [3, 21]"});
}

}  // namespace zerocl
