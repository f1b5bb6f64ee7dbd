#include "host/ops/mean_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/mean_pool.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily mean_pool_family();

TEST(MeanPool, DeviceHasTheBitsOfTheReference) {
  check_family(mean_pool_family());
}

TEST(MeanPool, ReferenceSumsInAscendingOrder) {
  reference::MatrixF x(5, 1);
  x << 0x1p24f, 1.0f, 1.0f, -0.0f, 9.0f;
  const std::array<sequence_entry, 3> sequences = {{{0, 3, 0, 0}, {3, 1, 0, 0}, {4, 1, 0, 0}}};
  const reference::MatrixF y = reference::mean_pool(x, sequences);
  EXPECT_EQ(y(0, 0), 0x1p24f / 3.0f);   // 2^24 + 1 rounds to 2^24, twice
  EXPECT_FALSE(std::signbit(y(1, 0)));  // sums start at +0
  EXPECT_EQ(y(2, 0), 9.0f);
}

// |y - exact| <= u (T + 1) mean|x|, u = 2^-24: an element goes through up to T additions.
TEST(MeanPool, ReferenceIsWithinItsBound) {
  const reference::MatrixF x = make_matrix(26, 500, 40, Fill::random);
  const std::array<sequence_entry, 1> sequences = {{{0, 500, 0, 0}}};
  const reference::MatrixF y = reference::mean_pool(x, sequences);
  double worst = 0;
  for (reference::Index k = 0; k < x.cols(); ++k) {
    double mean = 0, mean_abs = 0;
    for (reference::Index t = 0; t < 500; ++t) {
      mean += x(t, k) / 500.0;
      mean_abs += std::fabs(x(t, k)) / 500.0;
    }
    worst = std::max(worst, std::fabs(y(0, k) - mean) / (0x1p-24 * 501 * mean_abs));
  }
  std::printf("  largest error: %.3f of the bound\n", worst);
  EXPECT_LE(worst, 1.0);
}

TEST(MeanPool, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 6, 20), y = allocate_f32(queue, 2, 20);
  const Buffer table = allocate_i32(queue, 8);
  const auto call = [&](const std::vector<sequence_entry>& host, const Tensor& to) {
    return [&queue, &x, &table, host, to] {
      ops::Sequences sequences;
      sequences.entries = table;
      sequences.host = host;
      ops::mean_pool(queue, x.tensor, sequences, to);
    };
  };
  expect_error(call({{0, 4, 0, 0}, {4, 3, 0, 0}}, y.tensor),
               {"mean_pool", "sequence 1", "rows 4 to 7 of 6"});
  expect_error(call({{0, 0, 0, 0}, {0, 6, 0, 0}}, y.tensor), {"mean_pool", "sequence 0"});
  expect_error(call({{0, 6, 0, 0}}, y.tensor), {"mean_pool", "y is f32 [2, 20]", "[1, 20]"});
  const DeviceF32 three = allocate_f32(queue, 3, 20);
  expect_error(call({{0, 1, 0, 0}, {1, 1, 0, 0}, {2, 1, 0, 0}}, three.tensor),
               {"mean_pool", "3 sequences", "32 bytes"});
}

}  // namespace zerocl
