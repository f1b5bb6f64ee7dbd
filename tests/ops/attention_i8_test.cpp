#include "host/ops/attention_i8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <numbers>

#include "engine/verify/cases/attention_case.h"
#include "reference/attention_i8.h"
#include "reference/quantize_qkv.h"
#include "tests/ops/attention_truth.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily attention_i8_family();

using reference::Index;
using reference::MatrixF;
using reference::Quantized;

namespace {

Quantized codes(std::initializer_list<std::initializer_list<int>> rows,
                std::initializer_list<float> scales) {
  const auto count = static_cast<Index>(rows.size()),
             size = static_cast<Index>(rows.begin()->size());
  Quantized out{reference::MatrixI8(count, size), MatrixF(count, 1), size};
  Index m = 0;
  for (const auto& row : rows) {
    Index d = 0;
    for (const int code : row) out.codes(m, d++) = static_cast<std::int8_t>(code);
    out.scales(m, 0) = scales.begin()[m];
    ++m;
  }
  return out;
}

// How far NUMERICS.md 3.12 may be from y = sum 2^x v / sum 2^x in column d. x: exact scores in
// units of log2; error: how far each may be off where its weight is made. With N and D the two
// sums, N' and D' what is computed of them,
//   N'/D' - y = ((N' - N) - y (D' - D)) / D',
// so a weight that is off by m moves y by m |v - y|. A block makes its weights relative to its
// level, 2^ its largest score, which lies on the grid. m is
// - the score's error, a factor of 2^error of the weight p, and
// - half of 2^-10 of the level, to a multiple of which weights are rounded.
// A code moves N alone, in steps of max(sv) / 127 of the level for each unit of v's own code, by
// - half a step, or by the whole product p * sv where it is 0, and
// - 2^-10 of the product, for the factor f is cut to 11 bits.
// ROUND_MAGIC * g beside o rounds by up to 0.75 of a step in each block. The rest is float32's, in
// 2^-24: r, s and f 4, exp2 3.6, its product 1, g's cut to 22 bits 6, o's sum 2, the end 2; for
// each later block exp2 3.6 and the sum 2. D' has fewer of these.
double output_bound(const std::vector<double>& x, const std::vector<double>& error,
                    const Quantized& v, Index d, double y) {
  const double largest = *std::max_element(x.begin(), x.end());
  double weight = 0, weight_moved = 0, moved = 0, magnitude = 0, blocks = 0;
  for (std::size_t first = 0; first < x.size(); first += KEY_BLOCK, ++blocks) {
    const std::size_t end = std::min<std::size_t>(x.size(), first + KEY_BLOCK);
    double level = 0, step = 0;
    for (std::size_t j = first; j < end; ++j) {
      level = std::max(level, std::exp2(x[j] + error[j] - largest));
      step = std::max(step, double{v.scales(static_cast<Index>(j), 0)} / 127);
    }
    moved += 0.75 * step * level;
    for (std::size_t j = first; j < end; ++j) {
      const double scale = double{v.scales(static_cast<Index>(j), 0)};
      const double code = static_cast<double>(v.codes(static_cast<Index>(j), d));
      const double p = std::exp2(x[j] - largest);
      const double off = p * std::expm1(std::numbers::ln2 * error[j]);
      const double m = off + 0x1p-11 * level;
      const double product = (p + m) * scale;
      const double coded = std::min(step * level / 2, product) + 0x1p-10 * product;
      weight += p;
      weight_moved += m;
      moved += m * std::fabs(scale * code - y) + coded * std::fabs(code);
      magnitude += (product + coded) * std::fabs(code);
    }
  }
  const double rounding = (20 + 6 * blocks) * 0x1p-24;
  const double most = weight + weight_moved;
  return (moved + rounding * (magnitude + std::fabs(y) * most)) /
         (weight - weight_moved - rounding * most);
}

}  // namespace

TEST(AttentionI8, DeviceHasTheBitsOfTheReference) {
  check_family(attention_i8_family());
}

TEST(AttentionI8, ReferenceOfHandMadeCases) {
  constexpr float kInvQmax = 0x1.020408p-7f;
  const Quantized q = codes({{1, 0}, {0, 0}}, {1.0f, 1.0f});
  const Quantized k = codes({{3, 9}, {1, 9}}, {1.0f, 1.0f});
  const Quantized v = codes({{100, -4}, {50, 127}}, {1.0f, 0.5f});
  MatrixF y = reference::attention_i8(q, k, v, 0, true, 1.0f);
  // One key: its weight is 1, its code 127, the scale 1/127.
  EXPECT_EQ(y(0, 0), (127.0f * 100.0f) * kInvQmax);
  EXPECT_EQ(y(0, 1), (127.0f * -4.0f) * kInvQmax);
  // Two alike: weights 1 and 0.5, codes 127 and 64 (63.5, to even).
  EXPECT_EQ(y(1, 0), ((127.0f * 100.0f + 64.0f * 50.0f) * kInvQmax) * 0.5f);
  // Scores 3 and 1, in units of log2: weights 1 and 1/4 * 0.5, codes 127 and 16 (15.875).
  y = reference::attention_i8(q, k, v, 0, false, 1.0f);
  EXPECT_EQ(y(0, 1), ((127.0f * -4.0f + 16.0f * 127.0f) * kInvQmax) * (1.0f / 1.25f));
}

TEST(AttentionI8, ReferenceOfZerosAndPoison) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Quantized q = codes({{5}}, {1.0f});
  const Quantized k = codes({{3}, {3}}, {1.0f, 1.0f});
  const auto y = [&](const Quantized& queries, const Quantized& keys, const Quantized& values) {
    return reference::attention_i8(queries, keys, values, 0, false, 1.0f)(0, 0);
  };
  EXPECT_EQ(y(q, k, codes({{0}, {0}}, {0.0f, 0.0f})), 0.0f);
  EXPECT_EQ(y(codes({{0}}, {0.0f}), k, codes({{127}, {127}}, {1.0f, 1.0f})),
            ((254.0f * 127.0f) * 0x1.020408p-7f) * 0.5f);
  EXPECT_TRUE(std::isnan(y(codes({{0}}, {nan}), k, codes({{1}, {1}}, {1.0f, 1.0f}))));
  EXPECT_TRUE(std::isnan(y(q, codes({{0}, {3}}, {nan, 1.0f}), codes({{1}, {1}}, {1.0f, 1.0f}))));
  EXPECT_TRUE(std::isnan(y(q, k, codes({{0}, {1}}, {nan, 1.0f}))));
}

// Scores beyond their grid, keys and values whose scales are as large as no quantization's.
TEST(AttentionI8, ReferenceOfExtremes) {
  const auto y = [&](float query, float first_key, float second_key, int sign, float value) {
    return reference::attention_i8(codes({{1}}, {query}),
                                   codes({{sign}, {2 * sign}}, {first_key, second_key}),
                                   codes({{64}, {-64}}, {value, value}), 0, false, 1.0f)(0, 0);
  };
  EXPECT_EQ(y(1.0f, 1.0f, 57000.0f, 1, 1.0f), -64.0f);  // 114000 and 1: the first has no weight
  EXPECT_TRUE(std::isnan(y(1.0f, 1.0f, 57344.0f, 1, 1.0f)));
  EXPECT_EQ(y(1.0f, 16383.0f, 16000.0f, -1, 1.0f), 64.0f);
  EXPECT_TRUE(std::isnan(y(1.0f, 16384.0f, 16000.0f, -1, 1.0f)));
  EXPECT_EQ(y(1.0f, 1.0f, 0x1p105f, 1, 1.0f), 64.0f);  // the second scores -infinity
  EXPECT_TRUE(std::isnan(y(1.0f, 0x1p105f, 0x1p105f, 1, 1.0f)));
  EXPECT_EQ(y(0.0f, 1.0f, 3.0f, 1, 0x1p103f), 0.0f);
  EXPECT_EQ(y(1.0f, 1.0f, 20.0f, 1, 0x1p112f), -std::numeric_limits<float>::infinity());
}

// Against float64 on the same codes. A score is off by three roundings, of a, of t, and of
// ROUND_MAGIC times the key's scale in t, which is 0.75 of a product of codes; and by half of the
// grid's 2^-8.
TEST(AttentionI8, ReferenceIsWithinItsBound) {
  double worst = 0;
  for (const Index size : {3, 32, 64})
    for (const Index n : {1, 64, 65, 300}) {
      const float c = AttentionBatch{{}, 1, size, false}.params().scale;
      MatrixF rows = make_matrix(static_cast<std::uint64_t>(10 * size), n, 3 * size, Fill::random);
      rows.leftCols(size) *= 4.0f;
      const auto [q, k, v] = reference::quantize_qkv(rows, 1);
      const MatrixF y = reference::attention_i8(q, k, v, 0, false, c);
      for (Index t = 0; t < n; t += 7) {
        std::vector<double> x, error;
        for (Index j = 0; j < n; ++j) {
          double dot = 0;
          for (Index d = 0; d < size; ++d)
            dot += static_cast<double>(q.codes(t, d)) * static_cast<double>(k.codes(j, d));
          x.push_back(dot * double{q.scales(t, 0)} * double{c} * double{k.scales(j, 0)});
          const double product = double{q.scales(t, 0)} * double{c} * double{k.scales(j, 0)};
          error.push_back(0x1p-9 + 2 * 0x1p-24 * std::fabs(x.back()) + 0.75 * product);
        }
        for (Index d = 0; d < size; ++d) {
          std::vector<double> column;
          for (Index j = 0; j < n; ++j)
            column.push_back(static_cast<double>(v.codes(j, d)) * double{v.scales(j, 0)});
          const double exact = attention_truth(x, error, column).y;
          worst = std::max(
              worst, std::fabs(double{y(t, d)} - exact) / output_bound(x, error, v, d, exact));
        }
      }
    }
  std::printf("  largest error: %.3f of the bound\n", worst);
  EXPECT_LE(worst, 1.0);
}

// Quantization included: all of attention_i8 against float64 on the floats, as a share of the
// output's length.
TEST(AttentionI8, QuantizationCostsLittle) {
  for (const Index size : {32, 64})
    for (const Index n : {128, 512}) {
      const float c = AttentionBatch{{}, 1, size, false}.params().scale;
      const MatrixF rows = make_matrix(77, n, 3 * size, Fill::random);
      const auto [q, k, v] = reference::quantize_qkv(rows, 1);
      const MatrixF y = reference::attention_i8(q, k, v, 0, false, c);
      double difference = 0, length = 0;
      for (Index t = 0; t < n; t += 5) {
        std::vector<double> x;
        for (Index j = 0; j < n; ++j) {
          double dot = 0;
          for (Index d = 0; d < size; ++d) dot += double{rows(t, d)} * double{rows(j, size + d)};
          x.push_back(dot * double{c});
        }
        for (Index d = 0; d < size; ++d) {
          std::vector<double> column;
          for (Index j = 0; j < n; ++j) column.push_back(double{rows(j, 2 * size + d)});
          const double exact = attention_truth(x, x, column).y;
          difference += std::pow(double{y(t, d)} - exact, 2);
          length += exact * exact;
        }
      }
      const double share = std::sqrt(difference / length);
      std::printf("  D=%ld n=%ld: off by %.4f of the length\n", static_cast<long>(size),
                  static_cast<long>(n), share);
      EXPECT_LE(share, 0.04);
    }
}

TEST(AttentionI8, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{5, 0}}, 2, 8, true};
  const DeviceAttention device =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::i8, "");
  const DeviceCodes q = allocate_codes(queue, 5, 16, 8, ops::CodesLayout::i16),
                    narrow = allocate_codes(queue, 5, 15, 8, ops::CodesLayout::i16),
                    bytes = allocate_codes(queue, 5, 16, 8, ops::CodesLayout::i8);
  const DeviceF32 y = allocate_f32(queue, 5, 16), short_one = allocate_f32(queue, 4, 16);
  const auto call = [&](const DeviceCodes& from, const DeviceF32& to, std::string_view variant) {
    return [&queue, &device, &batch, &from, &to, variant] {
      ops::attention_i8(queue, from.view, device.sequences, device.shape, device.layer,
                        batch.params(), to.tensor, variant);
    };
  };
  expect_error(call(narrow, y, ""), {"attention_i8", "[5, 15]", "[5, 16]"});
  expect_error(call(bytes, y, ""), {"attention_i8", "layout 0", "takes groups of 8 in layout 1"});
  expect_error(call(q, short_one, ""), {"attention_i8", "y is f32 [4, 16]", "[5, 16]"});
  expect_error(call(q, y, "group"), {"attention_i8", "another layout"});
  expect_error(call(q, y, "none"), {"attention_i8", "none"});
}

}  // namespace zerocl
