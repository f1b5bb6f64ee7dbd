#include "host/ops/gather_rows.h"

#include <gtest/gtest.h>

#include <array>

#include "engine/verify/cases/f16_case.h"
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

TEST(GatherRows, ReferenceTakesCodesWithTheirScales) {
  reference::Quantized x{reference::MatrixI8(3, 2), reference::MatrixF(3, 1), 2};
  x.codes << 1, 2, 3, 4, 5, 6;
  x.scales << 7, 8, 9;
  const reference::Quantized y = reference::gather_rows(x, std::array<std::int32_t, 2>{2, 0});
  EXPECT_EQ(y.codes, (reference::MatrixI8(2, 2) << 5, 6, 1, 2).finished());
  EXPECT_EQ(y.scales, (reference::MatrixF(2, 1) << 9, 7).finished());
  EXPECT_EQ(y.group, 2);
}

TEST(GatherRows, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 2, 20);
  const DeviceF32 narrow = allocate_f32(queue, 2, 19);
  const Buffer index = allocate_i32(queue, 2), few = allocate_i32(queue, 1);
  ops::GatherRows without_index(few, 2);
  without_index.add(x.tensor, y.tensor);
  expect_error([&] { without_index.launch(queue); },
               {"gather_rows", "index", "4 bytes", "2 elements"});
  ops::GatherRows gather(index, 2);
  expect_error([&] { gather.add(x.tensor, narrow.tensor); },
               {"gather_rows", "y is f32 [2, 19]", "[2, 20]"});
  expect_error([&] { gather.add(x.tensor, x.tensor); }, {"gather_rows"});
}

TEST(GatherRows, RefusesMatricesOfDifferentKindsAndMoreThanItCounts) {
  Queue& queue = shared_queue();
  using ops::CodesLayout, ops::F16Layout;
  const Buffer index = allocate_i32(queue, 2);
  const auto codes = [&](std::int64_t rows, std::int64_t group, CodesLayout layout) {
    return allocate_codes(queue, rows, 20, group, layout);
  };
  const DeviceCodes x = codes(3, 20, CodesLayout::i8), y = codes(2, 20, CodesLayout::i8);
  const DeviceCodes tiles = codes(2, 20, CodesLayout::tiles), pairs = codes(2, 10, CodesLayout::i8);
  ops::GatherRows gather(index, 2);
  expect_error([&] { gather.add(x.view, tiles.view); }, {"gather_rows", "layouts"});
  expect_error([&] { gather.add(x.view, pairs.view); }, {"gather_rows", "groups"});
  const DeviceF16 halves = allocate_f16(queue, 3, 20, F16Layout::rows);
  const DeviceF16 in_tiles = allocate_f16(queue, 2, 20, F16Layout::tiles);
  expect_error([&] { gather.add(halves.view, in_tiles.view); }, {"gather_rows", "layouts"});
  gather.add(x.view, y.view);
  expect_error([&] { gather.add(x.view, y.view); }, {"gather_rows", "more than 3 matrices"});
}

}  // namespace zerocl
