#include "host/ops/top_k.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/verify/cases/row_case.h"
#include "reference/top_k.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily top_k_family();

TEST(TopK, DeviceHasTheBitsOfTheReference) {
  check_family(top_k_family());
}

TEST(TopK, ReferenceOfSpecialValues) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  reference::MatrixF x(1, 8);
  x << 2, std::nanf(""), -0.0f, 7, 0.0f, -kInfinity, 7, 2;
  const reference::TopK top = reference::top_k(x, 8);
  const std::int32_t order[] = {3, 6, 0, 7, 2, 4, 5, 1};
  for (reference::Index i = 0; i < 8; ++i) EXPECT_EQ(top.indices(0, i), order[i]) << i;
  EXPECT_TRUE(std::signbit(top.values(0, 4)));  // -0 stands before +0 by its index alone
  EXPECT_FALSE(std::signbit(top.values(0, 5)));
  EXPECT_TRUE(std::isnan(top.values(0, 7)));
  EXPECT_EQ(reference::top_k(x, 2).indices(0, 1), 6);
}

TEST(TopK, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 2, 100), values = allocate_f32(queue, 2, 64);
  const Buffer indices = allocate_i32(queue, 128);
  const auto call = [&](const Tensor& from, int k) {
    return [&queue, &values, &indices, from, k] {
      ops::top_k(queue, from, k, values.buffer, indices);
    };
  };
  expect_error(call(x.tensor, 0), {"top_k", "k is 0"});
  expect_error(call(x.tensor, 65), {"top_k", "k is 65", "1 to 64"});
  const DeviceF32 narrow = allocate_f32(queue, 2, 5);
  expect_error(call(narrow.tensor, 6), {"top_k", "k is 6 of 5 columns"});
  const DeviceF32 tall = allocate_f32(queue, 3, 100);
  expect_error(call(tall.tensor, 64), {"top_k", "values", "512 bytes", "192 elements"});
}

}  // namespace zerocl
