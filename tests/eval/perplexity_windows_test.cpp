#include "engine/session/perplexity_windows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>

namespace zerocl {
namespace {

using Tuples = std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>>;

Tuples windows(std::int64_t tokens, std::int64_t window, std::int64_t stride) {
  Tuples result;
  for (const PerplexityWindow& w : perplexity_windows(tokens, window, stride)) {
    result.emplace_back(w.begin, w.end, w.first_scored);
  }
  return result;
}

TEST(PerplexityWindows, OverlappingWindowsScoreWhatIsNew) {
  EXPECT_EQ(windows(10, 4, 2), (Tuples{{0, 4, 1}, {2, 6, 4}, {4, 8, 6}, {6, 10, 8}}));
  EXPECT_EQ(windows(9, 4, 2), (Tuples{{0, 4, 1}, {2, 6, 4}, {4, 8, 6}, {6, 9, 8}}));
  EXPECT_EQ(windows(9, 4, 1),
            (Tuples{{0, 4, 1}, {1, 5, 4}, {2, 6, 5}, {3, 7, 6}, {4, 8, 7}, {5, 9, 8}}));
}

TEST(PerplexityWindows, OneWindowWhereTheTextFits) {
  EXPECT_EQ(windows(4, 4, 2), (Tuples{{0, 4, 1}}));
  EXPECT_EQ(windows(3, 4, 2), (Tuples{{0, 3, 1}}));
  EXPECT_EQ(windows(2, 4, 2), (Tuples{{0, 2, 1}}));
  EXPECT_EQ(windows(1, 4, 2), Tuples{});
  EXPECT_EQ(windows(0, 4, 2), Tuples{});
}

// The recipe's labels are shifted by one: a window's first token has no prediction in it, so
// without overlap it is never scored.
TEST(PerplexityWindows, WithoutOverlapTheFirstTokenIsNotScored) {
  EXPECT_EQ(windows(8, 4, 4), (Tuples{{0, 4, 1}, {4, 8, 5}}));
  EXPECT_EQ(windows(9, 4, 4), (Tuples{{0, 4, 1}, {4, 8, 5}}));
}

// Hugging Face's loop, literally.
TEST(PerplexityWindows, ScoreAsManyTokensAsTheRecipe) {
  for (const std::int64_t tokens : {2, 7, 64, 65, 1000, 1023, 1025}) {
    for (const std::int64_t window : {2, 5, 64, 1024}) {
      for (const std::int64_t stride : {std::int64_t{1}, window / 2, window}) {
        std::int64_t expected = 0, previous_end = 0;
        for (std::int64_t begin = 0; begin < tokens; begin += stride) {
          const std::int64_t end = std::min(begin + window, tokens);
          const std::int64_t target = end - previous_end;
          // labels[:, :-target] = -100, then labels are shifted by one.
          expected += std::min(target, end - begin - 1);
          previous_end = end;
          if (end == tokens) break;
        }
        std::int64_t scored = 0, next = 0;
        for (const PerplexityWindow& w : perplexity_windows(tokens, window, stride)) {
          EXPECT_GE(w.first_scored, next);
          EXPECT_GT(w.first_scored, w.begin);
          EXPECT_LE(w.end - w.begin, window);
          scored += w.end - w.first_scored;
          next = w.end;
        }
        EXPECT_EQ(scored, expected) << tokens << " " << window << " " << stride;
      }
    }
  }
}

TEST(NegativeLogLikelihood, OfSmallSoftmaxes) {
  const std::vector<float> equal(7, 3.25F);
  EXPECT_NEAR(negative_log_likelihood(equal, 2), std::log(7.0), 1e-15);
  const std::vector<float> two = {0, std::log(3.0F)};
  EXPECT_NEAR(negative_log_likelihood(two, 1), std::log(4.0 / 3.0), 1e-7);
  EXPECT_NEAR(negative_log_likelihood(two, 0), std::log(4.0), 1e-7);
}

TEST(NegativeLogLikelihood, LargeLogitsDoNotOverflow) {
  const std::vector<float> logits = {1e30F, 0, -1e30F};
  EXPECT_EQ(negative_log_likelihood(logits, 0), 0);
  EXPECT_NEAR(negative_log_likelihood(logits, 1) / 1e30, 1, 1e-6);
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(negative_log_likelihood(std::vector<float>{0, -infinity}, 0), 0);
}

TEST(NegativeLogLikelihood, WhatIsNoNumberIsSeen) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isnan(negative_log_likelihood(std::vector<float>{0, nan, 0, 0, 1}, 0)));
  EXPECT_TRUE(std::isnan(negative_log_likelihood(std::vector<float>{0, infinity}, 0)));
}

}  // namespace
}  // namespace zerocl
