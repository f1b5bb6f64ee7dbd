#include "host/ops/add_layer_norm.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/add_layer_norm.h"
#include "reference/layer_norm.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily add_layer_norm_family();

TEST(AddLayerNorm, DeviceHasTheBitsOfTheReference) {
  check_family(add_layer_norm_family());
}

TEST(AddLayerNorm, ReferenceIsTheCompositionOfItsName) {
  const reference::MatrixF x = make_matrix(12, 5, 70, Fill::random);
  const reference::MatrixF r = make_matrix(13, 5, 70, Fill::random);
  const std::vector<float> gamma = make_vector(14, 70, 1.0f), beta = make_vector(15, 70, 0.0f);
  const reference::AddLayerNorm out = reference::add_layer_norm(x, r, gamma, beta, 1e-5f);
  for (reference::Index i = 0; i < x.size(); ++i)
    EXPECT_EQ(out.sum.data()[i], x.data()[i] + r.data()[i]);
  EXPECT_EQ(out.y, reference::layer_norm(out.sum, gamma, beta, 1e-5f));
}

TEST(AddLayerNorm, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 3, 20);
  const DeviceF32 other = allocate_f32(queue, 2, 20);
  const Buffer gamma = allocate_i32(queue, 20);
  expect_error(
      [&] {
        ops::add_layer_norm(queue, x.tensor, other.tensor, gamma, gamma, 1e-5f, nullptr, y.tensor);
      },
      {"add_layer_norm", "residual is f32 [2, 20]", "[3, 20]"});
  expect_error(
      [&] {
        ops::add_layer_norm(queue, x.tensor, x.tensor, gamma, gamma, 1e-5f, &y.tensor, y.tensor);
      },
      {"add_layer_norm", "sum and y are the same buffer"});
}

}  // namespace zerocl
