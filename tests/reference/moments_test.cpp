#include "reference/moments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

namespace zerocl::reference {
namespace {

// `offset` standard deviations from 0.
std::vector<float> random_row(std::size_t n, float offset, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> bell(offset, 1.0f);
  std::vector<float> row(n);
  for (float& h : row) h = bell(random);
  return row;
}

// A block whose fours hold `values` at the fours `at` and zeros elsewhere.
std::vector<float> block_of(std::initializer_list<std::pair<std::size_t, float>> fours) {
  std::vector<float> block(64, 0.0f);
  for (const auto& [four, value] : fours) block[4 * four] = value;
  return block;
}

TEST(Moments, SmallRowsByHand) {
  EXPECT_EQ(moments64(std::vector<float>{3.0f}).mean, 3.0f);
  EXPECT_EQ(moments64(std::vector<float>{3.0f}).variance, 0.0f);
  const std::vector<float> four = {1.0f, 3.0f, 5.0f, 7.0f};
  EXPECT_EQ(moments64(four).mean, 4.0f);
  EXPECT_EQ(moments64(four).variance, 5.0f);  // 9 + 1 + 1 + 9, a quarter
}

// 64 zeros and 64 fours; then two blocks of 64 and one of 32.
TEST(Moments, BlocksByHand) {
  std::vector<float> row(128, 0.0f);
  std::fill(row.begin() + 64, row.end(), 4.0f);
  EXPECT_EQ(moments64(row).mean, 2.0f);
  EXPECT_EQ(moments64(row).variance, 4.0f);  // all of it between the blocks
  row.resize(160, 9.0f);
  const float each = 1.0f / 160, mean = (256.0f + 288.0f) * each;
  EXPECT_EQ(moments64(row).mean, mean);
  float between = 0.0f;
  const float means[] = {0.0f, 4.0f, 9.0f}, counts[] = {64.0f, 64.0f, 32.0f};
  for (int b = 0; b < 3; ++b)
    between = std::fma(counts[b] * (means[b] - mean), means[b] - mean, between);
  EXPECT_EQ(moments64(row).variance, between * each);
}

// Beside 2^24 a one is lost, beside -2^24 it is not: which of two numbers meet first shows.
TEST(Moments, RoundsComeInTheirOrder) {
  constexpr float kLarge = 0x1p24f;
  const auto sum_of = [](const std::vector<float>& block) { return 64 * moments64(block).mean; };
  // Fours that differ in 4 before those that differ in 8; in 8 before 1; in 1 before 2.
  EXPECT_EQ(sum_of(block_of({{0, kLarge}, {4, 1.0f}, {8, -kLarge}, {12, 1.0f}})), 1.0f);
  EXPECT_EQ(sum_of(block_of({{0, kLarge}, {8, 1.0f}, {1, -kLarge}, {9, 1.0f}})), 1.0f);
  EXPECT_EQ(sum_of(block_of({{0, kLarge}, {1, 1.0f}, {2, -kLarge}, {3, 1.0f}})), 1.0f);
  // A four is an ascending chain, and blocks are one.
  std::vector<float> four(64, 0.0f);
  four[0] = kLarge, four[1] = 1.0f, four[2] = -kLarge, four[3] = 1.0f;
  EXPECT_EQ(sum_of(four), 1.0f);
  std::vector<float> blocks(256, 0.0f);
  blocks[0] = kLarge, blocks[64] = 1.0f, blocks[128] = -kLarge, blocks[192] = 1.0f;
  EXPECT_EQ(256 * moments64(blocks).mean, 1.0f);
}

// NUMERICS.md 1.12's bounds, t being that of the mean.
TEST(Moments, AreWithinTheirBounds) {
  double worst_mean = 0, worst_variance = 0;
  for (const std::size_t n : {2u, 17u, 63u, 64u, 65u, 300u, 768u, 1024u, 5000u}) {
    for (const float offset : {0.0f, 1.0f, 100.0f}) {
      for (unsigned seed = 0; seed < 20; ++seed) {
        const std::vector<float> row = random_row(n, offset, seed);
        const auto count = static_cast<double>(n);
        double mean = 0, magnitude = 0, variance = 0;
        for (const float h : row) mean += h / count;
        for (const float h : row) magnitude += std::fabs(h) / count;
        for (const float h : row) variance += (h - mean) * (h - mean) / count;
        const double blocks = std::ceil(count / 64), t = (blocks + 9) * 0x1p-24 * magnitude;
        const Moments moments = moments64(row);
        worst_mean = std::max(worst_mean, std::fabs(moments.mean - mean) / t);
        const double bound =
            variance * ((blocks + 12) * 0x1p-24 + 4 * t / std::sqrt(variance)) + t * t;
        worst_variance = std::max(worst_variance, std::fabs(moments.variance - variance) / bound);
      }
    }
  }
  std::printf("  largest errors: %.3f of the mean's bound, %.3f of the variance's\n", worst_mean,
              worst_variance);
  EXPECT_LE(worst_mean, 1.0);
  EXPECT_LE(worst_variance, 1.0);
}

TEST(Moments, NormIsThatOfTheMoments) {
  const std::vector<float> row = random_row(200, 1.0f, 7);
  MatrixF h(1, 200);
  std::copy(row.begin(), row.end(), h.data());
  const std::vector<float> gamma(200, 2.0f), beta(200, -1.0f);
  const Moments moments = moments64(row);
  const MatrixF y = norm64(h, gamma, beta, 1e-5f);
  const float scale = 1.0f / std::sqrt(moments.variance + 1e-5f);
  for (Index k = 0; k < 200; ++k)
    EXPECT_EQ(y(0, k), std::fma((h(0, k) - moments.mean) * scale, 2.0f, -1.0f));
}

}  // namespace
}  // namespace zerocl::reference
