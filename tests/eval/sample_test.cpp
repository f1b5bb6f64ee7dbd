#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "engine/session/generate.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

const std::vector<float> kLogits = {std::log(0.5F), std::log(0.25F), std::log(0.15F),
                                    std::log(0.1F)};

// How often each id is drawn over many positions.
std::vector<double> frequencies(const std::vector<float>& logits, const SamplingOptions& options,
                                int draws = 40000) {
  std::vector<double> counts(logits.size());
  for (int i = 0; i < draws; ++i) {
    counts[static_cast<std::size_t>(sample(logits, options, static_cast<std::uint64_t>(i)))] +=
        1.0 / draws;
  }
  return counts;
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected) {
  // Five standard deviations of a share of 0.5 over 40,000 draws.
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], 0.0125) << i;
}

TEST(Sample, GreedyTakesTheLowestOfTheLargest) {
  EXPECT_EQ(sample(std::vector<float>{1, 3, 3, 2}, {}, 0), 1);
  EXPECT_EQ(sample(std::vector<float>{kNan, -kInfinity, -5}, {}, 0), 2);
  EXPECT_EQ(sample(std::vector<float>{-0.0F, 0.0F}, {}, 0), 0);
}

TEST(Sample, DrawsByTheSoftmax) {
  expect_near(frequencies(kLogits, {.temperature = 1}), {0.5, 0.25, 0.15, 0.1});
  // Temperature 0.5 squares the probabilities: 0.25, 0.0625, 0.0225, 0.01 of 0.345.
  expect_near(frequencies(kLogits, {.temperature = 0.5F}),
              {0.25 / 0.345, 0.0625 / 0.345, 0.0225 / 0.345, 0.01 / 0.345});
}

TEST(Sample, TopKAndTopPCutTheTail) {
  expect_near(frequencies(kLogits, {.temperature = 1, .top_k = 2}), {2.0 / 3, 1.0 / 3, 0, 0});
  expect_near(frequencies(kLogits, {.temperature = 1, .top_p = 0.74F}), {2.0 / 3, 1.0 / 3, 0, 0});
  expect_near(frequencies(kLogits, {.temperature = 1, .top_p = 0.76F}),
              {0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0});
  // top_p counts within what top_k left: 0.5 of 0.75 is enough for 0.6.
  expect_near(frequencies(kLogits, {.temperature = 1, .top_k = 2, .top_p = 0.6F}), {1, 0, 0, 0});
  expect_near(frequencies(kLogits, {.temperature = 1, .top_k = 99}), {0.5, 0.25, 0.15, 0.1});
  // The best token alone, however small top_p is; and a tie goes to the lower id.
  expect_near(frequencies(kLogits, {.temperature = 1, .top_p = 1e-6F}), {1, 0, 0, 0});
  expect_near(frequencies({2, 2, 2}, {.temperature = 1, .top_k = 1}), {1, 0, 0});
}

TEST(Sample, SeedAndPositionDecide) {
  const std::vector<float> logits(1000, 0);
  const SamplingOptions options{.temperature = 1, .seed = 7};
  std::set<TokenId> seen;
  int same_with_other_seed = 0;
  for (std::uint64_t position = 0; position < 100; ++position) {
    const TokenId drawn = sample(logits, options, position);
    EXPECT_EQ(drawn, sample(logits, options, position));
    seen.insert(drawn);
    same_with_other_seed +=
        drawn == sample(logits, {.temperature = 1, .seed = 8}, position) ? 1 : 0;
  }
  EXPECT_GT(seen.size(), 80u);
  EXPECT_LT(same_with_other_seed, 5);
}

// The generator's definition, so that texts of a seed stay what they are: SplitMix64 of
// (SplitMix64(seed) ^ position), its upper 53 bits as a fraction.
TEST(Sample, TheGeneratorIsFixed) {
  const std::vector<float> logits(1 << 16, 0);
  const SamplingOptions options{.temperature = 1, .seed = 42};
  const std::vector<TokenId> expected = {22497, 62287, 29267, 64079, 18670, 59880};
  for (std::size_t position = 0; position < expected.size(); ++position) {
    EXPECT_EQ(sample(logits, options, position), expected[position]) << position;
  }
}

TEST(Sample, NeverDrawsWhatIsNoNumber) {
  const auto shares = frequencies({0, kNan, 0, -kInfinity}, {.temperature = 1}, 1000);
  EXPECT_EQ(shares[1], 0);
  EXPECT_EQ(shares[3], 0);
  EXPECT_THROW(sample(std::vector<float>{0, kInfinity}, {.temperature = 1}, 0), Error);
  EXPECT_THROW(sample(std::vector<float>{kNan, kNan}, {.temperature = 1}, 0), Error);
}

TEST(Sample, RefusesOptionsWithoutMeaning) {
  const std::vector<float> logits = {0, 1};
  for (const SamplingOptions& options :
       {SamplingOptions{.temperature = -1}, SamplingOptions{.temperature = kNan},
        SamplingOptions{.temperature = kInfinity}, SamplingOptions{.temperature = 1, .top_k = -1},
        SamplingOptions{.temperature = 1, .top_p = 0},
        SamplingOptions{.temperature = 1, .top_p = 1.5F},
        SamplingOptions{.temperature = 1, .top_p = kNan}}) {
    EXPECT_THROW(sample(logits, options, 0), Error);
  }
  EXPECT_THROW(sample(std::vector<float>{}, {}, 0), Error);
}

}  // namespace
}  // namespace zerocl
