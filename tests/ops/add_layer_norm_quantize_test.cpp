#include "host/ops/add_layer_norm_quantize.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/add_layer_norm.h"
#include "reference/add_layer_norm_quantize.h"
#include "reference/quantize_tokens.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily add_layer_norm_quantize_family();

TEST(AddLayerNormQuantize, DeviceHasTheBitsOfTheReference) {
  check_family(add_layer_norm_quantize_family());
}

TEST(AddLayerNormQuantize, ReferenceIsTheCompositionOfItsName) {
  const reference::MatrixF x = make_matrix(19, 5, 70, Fill::random);
  const reference::MatrixF r = make_matrix(20, 5, 70, Fill::random);
  const std::vector<float> gamma = make_vector(21, 70, 1.0f), beta = make_vector(22, 70, 0.0f);
  const reference::AddLayerNormQuantize out =
      reference::add_layer_norm_quantize(x, r, gamma, beta, 1e-5f, 70);
  const reference::AddLayerNorm normed = reference::add_layer_norm(x, r, gamma, beta, 1e-5f);
  EXPECT_EQ(out.sum, normed.sum);
  EXPECT_EQ(out.y, normed.y);
  const reference::Quantized q = reference::quantize_tokens(normed.y, 70);
  EXPECT_EQ(out.q.codes, q.codes);
  EXPECT_EQ(out.q.scales, q.scales);
}

TEST(AddLayerNormQuantize, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 3, 20);
  const DeviceCodes q = allocate_codes(queue, 3, 20, 20, ops::CodesLayout::i8);
  const Buffer gamma = allocate_i32(queue, 20), few = allocate_i32(queue, 3);
  const auto call = [&](BufferView g, const Tensor* sum, const Tensor* normed) {
    return [&queue, &x, &q, g, sum, normed] {
      ops::add_layer_norm_quantize(queue, x.tensor, x.tensor, g, g, 1e-5f, sum, normed, q.view);
    };
  };
  expect_error(call(few, nullptr, nullptr), {"add_layer_norm_quantize", "gamma", "12 bytes"});
  expect_error(call(gamma, &y.tensor, &y.tensor),
               {"add_layer_norm_quantize", "sum and y are the same buffer"});
}

}  // namespace zerocl
