#include "host/ops/add_layer_norm_f16_quantize.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/add_layer_norm_f16.h"
#include "reference/add_layer_norm_f16_quantize.h"
#include "reference/quantize_tokens.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily add_layer_norm_f16_quantize_family();

TEST(AddLayerNormF16Quantize, DeviceHasTheBitsOfTheReference) {
  check_family(add_layer_norm_f16_quantize_family());
}

TEST(AddLayerNormF16Quantize, ReferenceRoundsXAndNotTheSum) {
  reference::MatrixF x(1, 2);
  x << 2048.5f, 2048.0f;  // both 2048 in f16
  reference::MatrixF16 r(1, 2);
  r << reference::to_f16(0.0f), reference::to_f16(0.25f);
  const std::vector<float> gamma = {1.0f, 1.0f}, beta = {0.0f, 0.0f};
  // h = 2048, 2048.25: the norm is -1, 1, and both are the largest magnitude. Of x as it is it
  // would be 1, -1, and of a rounded sum NaN.
  const reference::LayerNormF16Quantize out =
      reference::add_layer_norm_f16_quantize(x, r, gamma, beta, 0.0f, 2);
  EXPECT_EQ(out.y(0, 0), reference::to_f16(-1.0f));
  EXPECT_EQ(out.y(0, 1), reference::to_f16(1.0f));
  EXPECT_EQ(out.q.codes(0, 0), -127);
  EXPECT_EQ(out.q.codes(0, 1), 127);
}

TEST(AddLayerNormF16Quantize, ReferenceIsTheNormOfF16WithItsCodes) {
  const reference::MatrixF x = make_matrix(19, 5, 70, Fill::random);
  const reference::MatrixF16 r = reference::to_f16(make_matrix(20, 5, 70, Fill::random));
  const std::vector<float> gamma = make_vector(21, 70, 1.0f), beta = make_vector(22, 70, 0.0f);
  const reference::LayerNormF16Quantize out =
      reference::add_layer_norm_f16_quantize(x, r, gamma, beta, 1e-5f, 70);
  const reference::LayerNormF16 norm = reference::add_layer_norm_f16(x, r, gamma, beta, 1e-5f);
  EXPECT_EQ(out.y, norm.y16);
  const reference::Quantized q = reference::quantize_tokens(norm.y, 70);
  EXPECT_EQ(out.q.codes, q.codes);
  EXPECT_EQ(out.q.scales, q.scales);
}

TEST(AddLayerNormF16Quantize, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20);
  const DeviceF16 r = allocate_f16(queue, 3, 20, ops::F16Layout::rows);
  const DeviceF16 tiles = allocate_f16(queue, 3, 20, ops::F16Layout::tiles);
  const DeviceCodes q = allocate_codes(queue, 3, 20, 20, ops::CodesLayout::i8);
  const Buffer gamma = allocate_i32(queue, 20), few = allocate_i32(queue, 3);
  const auto call = [&](BufferView g, const ops::F16Matrix& residual, const ops::F16Matrix& y) {
    return [&queue, &x, &q, g, residual, y] {
      ops::add_layer_norm_f16_quantize(queue, x.tensor, residual, g, g, 1e-5f, &y, q.view);
    };
  };
  expect_error(call(few, r.view, r.view), {"add_layer_norm_f16_quantize", "gamma", "12 bytes"});
  expect_error(call(gamma, tiles.view, r.view),
               {"add_layer_norm_f16_quantize", "residual lies in tiles"});
  // The residual may hold the result, x may not.
  expect_error(call(gamma, r.view, {x.buffer, 3, 20}),
               {"add_layer_norm_f16_quantize", "x and y are the same buffer"});
}

}  // namespace zerocl
