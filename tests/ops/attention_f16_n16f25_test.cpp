#include "host/ops/attention_f16_n16f25.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <limits>

#include "engine/verify/cases/attention_case.h"
#include "engine/verify/cases/f16_case.h"
#include "reference/attention_f16_n16f25.h"
#include "tests/ops/attention_truth.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily attention_f16_n16f25_family();

using reference::from_f16;
using reference::Index;
using reference::MatrixF;
using reference::MatrixF16;
using reference::to_f16;

TEST(AttentionF16N16F25, DeviceHasTheBitsOfTheReference) {
  check_family(attention_f16_n16f25_family());
}

TEST(AttentionF16N16F25, ReferenceOfHandMadeCases) {
  MatrixF q(2, 2), k(2, 2), v(2, 2);
  q << 1.0f, 0.0f, 0.0f, 0.0f;
  k << 3.0f, 9.0f, 1.0f, 9.0f;
  v << 8.0f, -4.0f, 2.0f, 16.0f;
  // Alone, a key has all the weight; the second query weighs both alike.
  MatrixF y =
      from_f16(reference::attention_f16_n16f25(to_f16(q), to_f16(k), to_f16(v), 1, 0, true, 1.0f));
  EXPECT_EQ(y(0, 0), 8.0f);
  EXPECT_EQ(y(1, 0), 5.0f);
  EXPECT_EQ(y(1, 1), 6.0f);
  // Scores 3 and 1, in units of log2: weights 1 and 1/4.
  const MatrixF16 half =
      reference::attention_f16_n16f25(to_f16(q), to_f16(k), to_f16(v), 1, 0, false, 1.0f);
  EXPECT_EQ(half(0, 0), to_f16((8.0f + 0.25f * 2.0f) * (1.0f / 1.25f)));
}

// A later key, even NaN, reaches no earlier query.
TEST(AttentionF16N16F25, ReferenceKeepsLaterKeysOut) {
  MatrixF q = MatrixF::Ones(3, 4), k = MatrixF::Ones(3, 4), v = MatrixF::Ones(3, 4);
  k(2, 0) = std::numeric_limits<float>::quiet_NaN();
  v(2, 1) = std::numeric_limits<float>::infinity();
  const MatrixF y =
      from_f16(reference::attention_f16_n16f25(to_f16(q), to_f16(k), to_f16(v), 1, 0, true, 1.0f));
  EXPECT_EQ(y(1, 1), 1.0f);
  EXPECT_TRUE(std::isnan(y(2, 0)));
}

// Beside attention_truth: a score's chain errs by 2^-20 of its magnitudes a run (NUMERICS.md 1.11),
// a rounded weight by 2^-11 of itself or 2^-25, the second product's chains by 2^-18, the result by
// 2^-11.
TEST(AttentionF16N16F25, ReferenceIsWithinItsBound) {
  double worst = 0;
  for (const Index size : {3, 32, 64})
    for (const Index n : {1, 64, 65, 200}) {
      const float c = AttentionBatch{{}, 1, size, false}.params().scale;
      const MatrixF rows =
          make_matrix(static_cast<std::uint64_t>(10 * size), n, 3 * size, Fill::random);
      const MatrixF16 q = to_f16(MatrixF(2.0f * rows.leftCols(size))),
                      k = to_f16(MatrixF(rows.middleCols(size, size))),
                      v = to_f16(MatrixF(rows.rightCols(size)));
      const MatrixF y = from_f16(reference::attention_f16_n16f25(q, k, v, 1, 0, false, c));
      const double runs = std::ceil(static_cast<double>(size) / 16);
      for (Index t = 0; t < n; t += 7) {
        std::vector<double> x, error;
        for (Index j = 0; j < n; ++j) {
          double dot = 0, magnitude = 0;
          for (Index d = 0; d < size; ++d) {
            const double product = double{from_f16(q(t, d))} * from_f16(k(j, d));
            dot += product;
            magnitude += std::fabs(product);
          }
          x.push_back(dot * double{c});
          error.push_back((0x1p-20 * runs + 0x1p-24) * magnitude * double{c});
        }
        for (Index d = 0; d < size; ++d) {
          std::vector<double> column, magnitudes;
          double most = 0;
          for (Index j = 0; j < n; ++j) {
            column.push_back(double{from_f16(v(j, d))});
            magnitudes.push_back(std::fabs(column.back()));
            most = std::max(most, magnitudes.back());
          }
          const AttentionTruth truth = attention_truth(x, error, column);
          const double magnitude = attention_truth(x, error, magnitudes).y;
          const double bound = truth.bound + (0x1p-11 + 0x1p-18) * magnitude +
                               static_cast<double>(n) * 0x1p-25 * most +
                               0x1p-11 * std::fabs(truth.y) + 0x1p-25;
          worst = std::max(worst, std::fabs(double{y(t, d)} - truth.y) / bound);
        }
      }
    }
  std::printf("  largest error: %.3g of the bound\n", worst);
  EXPECT_LE(worst, 1.0);
}

TEST(AttentionF16N16F25, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{5, 0}}, 2, 8, false};
  const DeviceAttention device =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::f16, "");
  const DeviceAttention other =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::f32, "");
  const DeviceF16 q = allocate_f16(queue, 5, 16, ops::F16Layout::rows);
  const DeviceF16 y = allocate_f16(queue, 5, 16, ops::F16Layout::tiles);
  const DeviceF16 narrow = allocate_f16(queue, 5, 8, ops::F16Layout::tiles);
  const auto call = [&](const DeviceAttention& d, const DeviceF16& to, std::string_view variant) {
    return [&queue, &q, &batch, &d, &to, variant] {
      ops::attention_f16_n16f25(queue, q.view, d.sequences, d.shape, d.layer, batch.params(),
                                to.view, variant);
    };
  };
  expect_error(call(device, narrow, ""), {"attention_f16_n16f25", "expected f16 [5, 16]"});
  expect_error(call(other, y, ""), {"attention_f16_n16f25", "holds floats"});
  expect_error(call(device, q, ""), {"attention_f16_n16f25", "same buffer"});
  expect_error(call(device, y, "group"), {"attention_f16_n16f25", "another layout"});
}

}  // namespace zerocl
