#include "host/ops/attention_f32.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <limits>

#include "engine/verify/cases/attention_case.h"
#include "reference/attention_f32.h"
#include "tests/ops/attention_truth.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily attention_f32_family();

using reference::Index;
using reference::MatrixF;

TEST(AttentionF32, DeviceHasTheBitsOfTheReference) {
  check_family(attention_f32_family());
}

TEST(AttentionF32, ReferenceOfHandMadeCases) {
  MatrixF q(2, 2), k(2, 2), v(2, 2);
  q << 1.0f, 0.0f, 0.0f, 0.0f;
  k << 3.0f, 9.0f, 1.0f, 9.0f;
  v << 8.0f, -4.0f, 2.0f, 16.0f;
  // Alone, a key has all the weight; the second query weighs both alike.
  MatrixF y = reference::attention_f32(q, k, v, 1, 0, true, 1.0f);
  EXPECT_EQ(y(0, 0), 8.0f);
  EXPECT_EQ(y(0, 1), -4.0f);
  EXPECT_EQ(y(1, 0), 5.0f);
  EXPECT_EQ(y(1, 1), 6.0f);
  // Scores 3 and 1, in units of log2: weights 1 and 1/4.
  y = reference::attention_f32(q, k, v, 1, 0, false, 1.0f);
  EXPECT_EQ(y(0, 0), (8.0f + 0.25f * 2.0f) * (1.0f / 1.25f));
  // A head sees its own columns alone.
  y = reference::attention_f32(q, k, v, 2, 0, false, 1.0f);
  EXPECT_EQ(y(0, 1), 6.0f);
}

// Keys that no weight can reach: 2^-126 of the largest is what is left of theirs.
TEST(AttentionF32, ReferenceOfExtremeScores) {
  MatrixF q(1, 1), k(3, 1), v(3, 1);
  q << 1.0f;
  k << 0.0f, 1e30f, -std::numeric_limits<float>::infinity();
  v << 5.0f, 7.0f, 9.0f;
  EXPECT_EQ(reference::attention_f32(q, k, v, 1, 0, false, 1.0f)(0, 0), 7.0f);
  k << 0.0f, std::numeric_limits<float>::infinity(), 0.0f;  // infinity - infinity
  EXPECT_TRUE(std::isnan(reference::attention_f32(q, k, v, 1, 0, false, 1.0f)(0, 0)));
}

// The bound of attention_truth, where a score's chain is off by u (D + 2) c sum |q k|.
TEST(AttentionF32, ReferenceIsWithinItsBound) {
  double worst = 0;
  for (const Index size : {3, 32, 64})
    for (const Index n : {1, 64, 65, 300}) {
      const float c = AttentionBatch{{}, 1, size, false}.params().scale;
      const MatrixF rows =
          make_matrix(static_cast<std::uint64_t>(10 * size), n, 3 * size, Fill::random);
      const MatrixF q = 4.0f * rows.leftCols(size), k = rows.middleCols(size, size),
                    v = rows.rightCols(size);
      const MatrixF y = reference::attention_f32(q, k, v, 1, 0, false, c);
      for (Index t = 0; t < n; t += 7) {
        std::vector<double> x, error;
        for (Index j = 0; j < n; ++j) {
          double dot = 0, magnitude = 0;
          for (Index d = 0; d < size; ++d) {
            dot += double{q(t, d)} * double{k(j, d)};
            magnitude += std::fabs(double{q(t, d)} * double{k(j, d)});
          }
          x.push_back(dot * double{c});
          error.push_back(0x1p-24 * static_cast<double>(size + 2) * magnitude * double{c});
        }
        for (Index d = 0; d < size; ++d) {
          const std::vector<double> column(v.col(d).begin(), v.col(d).end());
          const AttentionTruth truth = attention_truth(x, error, column);
          worst = std::max(worst, std::fabs(double{y(t, d)} - truth.y) / truth.bound);
        }
      }
    }
  std::printf("  largest error: %.3f of the bound\n", worst);
  EXPECT_LE(worst, 1.0);
}

TEST(AttentionF32, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{5, 0}}, 2, 8, true};
  const DeviceAttention device =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::f32, "");
  const DeviceF32 qkv = allocate_f32(queue, 5, 48), y = allocate_f32(queue, 5, 16),
                  wide = allocate_f32(queue, 5, 17), few = allocate_f32(queue, 4, 48);
  const auto call = [&](const DeviceF32& from, const Tensor& to, std::string_view variant) {
    return [&queue, &device, &batch, &from, to, variant] {
      ops::attention_f32(queue, from.tensor, device.sequences, device.shape, device.layer,
                         batch.params(), to, variant);
    };
  };
  expect_error(call(wide, y.tensor, ""), {"attention_f32", "qkv is f32 [5, 17]", "[5, 48]"});
  expect_error(call(qkv, wide.tensor, ""), {"attention_f32", "y is f32 [5, 17]", "[5, 16]"});
  expect_error(call(few, y.tensor, ""), {"attention_f32", "sequences have 5 rows, the matrix 4"});
  expect_error(call(qkv, y.tensor, "group"), {"attention_f32", "another layout"});
  expect_error(call(qkv, Tensor(qkv.buffer, DType::f32, 5, 16), ""),
               {"attention_f32", "qkv and y are the same buffer"});
}

}  // namespace zerocl
