#include "host/ops/add_layer_norm_f16.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/add_layer_norm_f16.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily add_layer_norm_f16_family();

TEST(AddLayerNormF16, DeviceHasTheBitsOfTheReference) {
  check_family(add_layer_norm_f16_family());
}

// The sum is not rounded to f16: 2048 + 1 would be 2048 there.
TEST(AddLayerNormF16, ReferenceAddsInF32) {
  reference::MatrixF16 x(1, 2), r(1, 2);
  x << reference::to_f16(2048.0f), reference::to_f16(2048.0f);
  r << reference::to_f16(1.0f), reference::to_f16(0.0f);
  const std::vector<float> gamma = {1.0f, 1.0f}, beta = {0.0f, 0.0f};
  const reference::LayerNormF16 y = reference::add_layer_norm_f16(x, r, gamma, beta, 0.0f);
  EXPECT_EQ(y.y(0, 0), 1.0f);
  EXPECT_EQ(y.y16(0, 1), reference::to_f16(-1.0f));
}

TEST(AddLayerNormF16, ReferenceRoundsAnXInF32) {
  const reference::MatrixF x = make_matrix(19, 5, 70, Fill::random);
  const reference::MatrixF16 r = reference::to_f16(make_matrix(20, 5, 70, Fill::random));
  const std::vector<float> gamma = make_vector(21, 70, 1.0f), beta = make_vector(22, 70, 0.0f);
  EXPECT_EQ(reference::add_layer_norm_f16(x, r, gamma, beta, 1e-5f).y,
            reference::add_layer_norm_f16(reference::to_f16(x), r, gamma, beta, 1e-5f).y);
}

TEST(AddLayerNormF16, RefusesAnXInF32WhereOutputsLie) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 8), gamma = allocate_f32(queue, 1, 8);
  const DeviceF16 r = allocate_f16(queue, 3, 8, ops::F16Layout::rows);
  const ops::F16Matrix over{x.buffer, 3, 8};
  const auto call = [&](const Tensor* y, const ops::F16Matrix* y16) {
    return [&queue, &x, &gamma, &r, y, y16] {
      ops::add_layer_norm_f16(queue, x.tensor, r.view, gamma.buffer, gamma.buffer, 1e-5f, y, y16);
    };
  };
  expect_error(call(&x.tensor, nullptr), {"add_layer_norm_f16", "x and y are the same buffer"});
  expect_error(call(nullptr, &over), {"add_layer_norm_f16", "x and y16 are the same buffer"});
}

TEST(AddLayerNormF16, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF16 x = allocate_f16(queue, 3, 8, ops::F16Layout::rows);
  const DeviceF16 r = allocate_f16(queue, 3, 9, ops::F16Layout::rows);
  const DeviceF32 gamma = allocate_f32(queue, 1, 8);
  const auto call = [&](const ops::F16Matrix& residual, const ops::F16Matrix& y) {
    return [&queue, &x, &gamma, residual, y] {
      ops::add_layer_norm_f16(queue, x.view, residual, gamma.buffer, gamma.buffer, 1e-5f, nullptr,
                              &y);
    };
  };
  expect_error(call(r.view, r.view), {"add_layer_norm_f16", "residual", "[3, 8]"});
  expect_error(call(x.view, x.view), {"add_layer_norm_f16", "same buffer"});
}

}  // namespace zerocl
