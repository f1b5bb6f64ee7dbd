#include "host/ops/gather_rows.h"

#include <gtest/gtest.h>

#include <array>

#include "engine/verify/cases/row_case.h"
#include "reference/gather_rows.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily gather_rows_family();

TEST(GatherRows, DeviceHasTheBitsOfTheReference) {
  check_family(gather_rows_family());
}

TEST(GatherRows, ReferenceTakesRowsInTheOrderOfTheIndex) {
  reference::MatrixF x(3, 2), want(4, 2);
  x << 1, 2, 3, 4, 5, 6;
  want << 5, 6, 1, 2, 5, 6, 3, 4;
  EXPECT_EQ(reference::gather_rows(x, std::array<std::int32_t, 4>{2, 0, 2, 1}), want);
}

TEST(GatherRows, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 2, 20);
  const DeviceF32 narrow = allocate_f32(queue, 2, 19);
  const Buffer index = allocate_i32(queue, 2), few = allocate_i32(queue, 1);
  expect_error([&] { ops::gather_rows(queue, x.tensor, few, y.tensor); },
               {"gather_rows", "index", "4 bytes", "2 elements"});
  expect_error([&] { ops::gather_rows(queue, x.tensor, index, narrow.tensor); },
               {"gather_rows", "y is f32 [2, 19]", "[2, 20]"});
  expect_error([&] { ops::gather_rows(queue, x.tensor, index, x.tensor); }, {"gather_rows"});
}

}  // namespace zerocl
