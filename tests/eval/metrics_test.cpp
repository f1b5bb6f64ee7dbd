#include "engine/eval/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "host/error.h"

namespace zerocl::metrics {
namespace {

using Classes = std::vector<int>;
using Values = std::vector<double>;

TEST(Metrics, AccuracyIsTheShareOfRightAnswers) {
  EXPECT_EQ(accuracy(Classes{1, 0, 1, 1}, Classes{1, 0, 0, 1}), 0.75);
  EXPECT_EQ(accuracy(Classes{2}, Classes{2}), 1);
  EXPECT_EQ(accuracy(Classes{0, 0}, Classes{1, 2}), 0);
}

TEST(Metrics, F1CountsClassOneAlone) {
  // tp 2, fp 1, fn 1.
  EXPECT_DOUBLE_EQ(f1(Classes{1, 1, 1, 0, 0, 0}, Classes{1, 1, 0, 1, 0, 0}), 4.0 / 6.0);
  // tp 1, fp 0, fn 1: the right answers about class 0 do not count.
  EXPECT_DOUBLE_EQ(f1(Classes{0, 1, 0, 0}, Classes{0, 1, 1, 0}), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(f1(Classes{1, 0, 1, 1}, Classes{1, 0, 0, 1}), 0.8);
  EXPECT_EQ(f1(Classes{0, 0}, Classes{0, 0}), 0);
}

TEST(Metrics, MatthewsAsScikitLearnComputesIt) {
  // The example of sklearn.metrics.matthews_corrcoef, with -1 as 0.
  EXPECT_NEAR(matthews(Classes{1, 0, 1, 1}, Classes{1, 1, 1, 0}), -1.0 / 3.0, 1e-15);
  // tp 6, fp 1, fn 2, tn 3: (18 - 2) / sqrt(7 * 8 * 4 * 5).
  EXPECT_NEAR(matthews(Classes{1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
                       Classes{1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0}),
              16.0 / std::sqrt(1120.0), 1e-15);
  EXPECT_EQ(matthews(Classes{1, 1, 1}, Classes{1, 0, 1}), 0);
  EXPECT_EQ(matthews(Classes{0, 1}, Classes{0, 1}), 1);
  EXPECT_EQ(matthews(Classes{1, 0}, Classes{0, 1}), -1);
}

TEST(Metrics, PearsonAsScipyComputesIt) {
  // The example of scipy.stats.pearsonr.
  EXPECT_NEAR(pearson(Values{1, 2, 3, 4, 5}, Values{10, 9, 2.5, 6, 4}), -0.7426106572325057, 1e-15);
  EXPECT_NEAR(pearson(Values{1, 2, 3}, Values{2, 4, 6}), 1, 1e-15);
  // A large offset must not eat the digits.
  EXPECT_NEAR(pearson(Values{1e9 + 1, 1e9 + 2, 1e9 + 4}, Values{3, 1, 2}),
              pearson(Values{1, 2, 4}, Values{3, 1, 2}), 1e-9);
}

TEST(Metrics, SpearmanSharesTheRanksOfEqualValues) {
  // The example of scipy.stats.spearmanr, which has a tie.
  EXPECT_NEAR(spearman(Values{1, 2, 3, 4, 5}, Values{5, 6, 7, 8, 7}), 0.8207826816681233, 1e-15);
  // Ranks 1.5 1.5 3.5 3.5 5 against 1 2 3 4 5: covariance 9, variances 9 and 10.
  EXPECT_NEAR(spearman(Values{0, 0, 1, 1, 7}, Values{1, 2, 3, 4, 100}), 9.0 / std::sqrt(90.0),
              1e-15);
  // Any increasing function leaves it alone.
  EXPECT_NEAR(spearman(Values{-3, 0.5, 2, 90}, Values{0.1, 0.2, 0.3, 0.31}), 1, 1e-15);
  EXPECT_NEAR(spearman(Values{1, 2, 3}, Values{9, 8, 7}), -1, 1e-15);
}

TEST(Metrics, RefuseWhatHasNoValue) {
  EXPECT_THROW(accuracy(Classes{}, Classes{}), Error);
  EXPECT_THROW(accuracy(Classes{1}, Classes{1, 0}), Error);
  EXPECT_THROW(pearson(Values{1}, Values{1}), Error);
  EXPECT_THROW(pearson(Values{1, 2}, Values{1, 2, 3}), Error);
  // 0.1 + 0.1 + 0.1 is not three times 0.1: the deviations from the mean are not exactly 0.
  EXPECT_THROW(pearson(Values{0.1, 0.1, 0.1}, Values{1, 2, 3}), Error);
  EXPECT_THROW(spearman(Values{1, 2, 3}, Values{4, 4, 4}), Error);
  EXPECT_THROW(spearman(Values{1, std::numeric_limits<double>::quiet_NaN()}, Values{1, 2}), Error);
}

}  // namespace
}  // namespace zerocl::metrics
