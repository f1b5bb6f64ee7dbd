#include "reference/sum_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace zerocl::reference {
namespace {

std::uint32_t bits(float x) {
  return std::bit_cast<std::uint32_t>(x);
}

std::vector<float> random_row(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> fraction(-1.0f, 1.0f);
  std::vector<float> row(n);
  for (float& x : row) x = std::ldexp(fraction(random), static_cast<int>(random() % 12));
  return row;
}

// The definition again, from the top of the tree: 2^level lanes from `first` on.
float subtree(const std::vector<float>& v, std::size_t first, int level) {
  if (level > 0) {
    const std::size_t half = std::size_t{1} << (level - 1);
    return subtree(v, first, level - 1) + subtree(v, first + half, level - 1);
  }
  float lane = 0.0f;
  for (std::size_t i = first; i < v.size(); i += 256) lane += v[i];
  return lane;
}

TEST(SumTree, IsTheTreeOfTheDefinition) {
  for (std::size_t n :
       {1u, 2u, 3u, 7u, 16u, 255u, 256u, 257u, 511u, 512u, 513u, 768u, 1000u, 4096u}) {
    const std::vector<float> row = random_row(n, static_cast<unsigned>(n));
    EXPECT_EQ(bits(sum_tree_256(row)), bits(subtree(row, 0, 8))) << n;
    EXPECT_EQ(bits(sum_tree_256(row.data(), n)), bits(sum_tree_256(row))) << n;
  }
}

TEST(SumTree, EmptyAndNegativeZeroGivePlusZero) {
  EXPECT_EQ(bits(sum_tree_256(std::vector<float>{})), 0u);
  EXPECT_EQ(bits(sum_tree_256(std::vector<float>{-0.0f})), 0u);
  EXPECT_EQ(bits(sum_tree_256(std::vector<float>(600, -0.0f))), 0u);
}

TEST(SumTree, SquaresRoundOncePerElement) {
  // In one lane: 1 + (1 + 2^-12)^2 - exactly 2 + 2^-11 + 2^-24, which fma rounds once.
  std::vector<float> row(257, 0.0f);
  row[0] = 1.0f;
  row[256] = 1.0f + 0x1p-12f;
  EXPECT_EQ(sum_tree_256_squares(row), std::fma(row[256], row[256], 1.0f));
  const std::vector<float> many = random_row(3072, 5);
  double exact = 0;
  for (float x : many) exact += double{x} * x;
  EXPECT_NEAR(sum_tree_256_squares(many), exact, 1e-6 * exact);
}

TEST(SumTree, NearTheExactSum) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const std::vector<float> row = random_row(4096, seed);
    double exact = 0, magnitude = 0;
    for (float x : row) {
      exact += x;
      magnitude += std::fabs(x);
    }
    // 16 additions a lane and 8 levels, each off by at most 2^-24 of what it adds up.
    EXPECT_NEAR(sum_tree_256(row), exact, 24 * 0x1p-24 * magnitude);
  }
}

// The order is visible: else the tests of kernels could not notice a wrong one.
TEST(SumTree, AnotherOrderGivesOtherBits) {
  int differ = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::vector<float> row = random_row(768, seed);
    const float sum = sum_tree_256(row);
    std::rotate(row.begin(), row.begin() + 1, row.end());
    differ += bits(sum_tree_256(row)) != bits(sum);
  }
  EXPECT_GE(differ, 10);
}

}  // namespace
}  // namespace zerocl::reference
