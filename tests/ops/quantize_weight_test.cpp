#include "host/ops/quantize_weight.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/quantize_tokens.h"
#include "reference/quantize_weight.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily quantize_weight_family();

TEST(QuantizeWeight, DeviceHasTheBitsOfTheReference) {
  check_family(quantize_weight_family());
}

TEST(QuantizeWeight, ReferenceOfRowGroups) {
  // 5 rows in 2 groups: rows 0 to 2 share the scale of 6, rows 3 and 4 that of 20.
  reference::MatrixF w(5, 2);
  w << 1, 2, 3, -6, 5, 0, 10, -20, 15, 5;
  const reference::Quantized q = reference::quantize_weight_row_groups(w, 2);
  ASSERT_EQ(q.scales.rows(), 2);
  EXPECT_EQ(q.scales(0, 0), 6.0f * 0x1.020408p-7f);
  EXPECT_EQ(q.scales(1, 0), 20.0f * 0x1.020408p-7f);
  // Halves of the largest are below 63.5: 127 / 6 and 127 / 20 are rounded down.
  const int codes[] = {21, 42, 63, -127, 106, 0, 63, -127, 95, 32};
  for (reference::Index i = 0; i < 10; ++i) EXPECT_EQ(q.codes.data()[i], codes[i]) << i;
}

// ceil(N / G) rows a group may leave fewer groups than were asked for.
TEST(QuantizeWeight, UnevenRowGroups) {
  const reference::MatrixF w = make_matrix(6, 10, 3, Fill::random);
  EXPECT_EQ(reference::quantize_weight_row_groups(w, 4).scales.rows(), 4);  // 3 + 3 + 3 + 1
  EXPECT_EQ(reference::quantize_weight_row_groups(w, 6).scales.rows(), 5);  // 2 each
  EXPECT_EQ(reference::quantize_weight_row_groups(w, 99).scales.rows(), 10);
  for (const std::int64_t groups : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 99}) {
    const ops::WeightScaleShape shape =
        ops::weight_scale_shape(10, 3, ops::WeightGrouping::row_groups(groups));
    EXPECT_EQ(shape.rows, reference::quantize_weight_row_groups(w, groups).scales.rows()) << groups;
    EXPECT_EQ(shape.cols, 1);
  }
}

TEST(QuantizeWeight, PerRowAndAlongKAreQuantizeTokens) {
  const reference::MatrixF w = make_matrix(7, 9, 50, Fill::random);
  const reference::Quantized rows = reference::quantize_weight_per_row(w);
  const reference::Quantized tokens = reference::quantize_tokens(w, 50);
  EXPECT_EQ(rows.codes, tokens.codes);
  EXPECT_EQ(rows.scales, tokens.scales);
  EXPECT_EQ(reference::quantize_weight_k_groups(w, 16).codes,
            reference::quantize_tokens(w, 16).codes);
  const ops::WeightScaleShape shape =
      ops::weight_scale_shape(9, 50, ops::WeightGrouping::k_groups(16));
  EXPECT_EQ(shape.rows, 9);
  EXPECT_EQ(shape.cols, 4);
}

TEST(QuantizeWeight, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  using Grouping = ops::WeightGrouping;
  const DeviceF32 w = allocate_f32(queue, 6, 8), scales = allocate_f32(queue, 6, 1);
  const Buffer codes = allocate_i32(queue, 12);
  const auto call = [&](const Grouping& grouping, BufferView to, BufferView to_scales) {
    return [&queue, &w, grouping, to, to_scales] {
      ops::quantize_weight(queue, w.tensor, grouping, to, to_scales);
    };
  };
  const Buffer few = allocate_i32(queue, 11);
  expect_error(call(Grouping::per_row(), few, scales.buffer),
               {"quantize_weight", "44 bytes", "i8 [6, 8]"});
  expect_error(call(Grouping::k_groups(4), codes, scales.buffer),
               {"quantize_weight", "scales", "24 bytes", "12 elements"});
  expect_error(call(Grouping::row_groups(0), codes, scales.buffer),
               {"quantize_weight", "groups of 0"});
}

}  // namespace zerocl
