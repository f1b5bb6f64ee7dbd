#include <gtest/gtest.h>

#include <cmath>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

std::string gpt2() {
  return example("gpt2-novels-4m");
}

const std::string kText =
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age "
    "of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the "
    "season "
    "of Light, it was the season of Darkness, it was the spring of hope, it was the winter of "
    "despair, we had everything before us, we had nothing before us.";

nlohmann::json perplexity(std::vector<std::string> more) {
  more.insert(more.begin(), {"perplexity", gpt2(), "-f", "-", "--json"});
  const Outcome outcome = run(more, {.input = kText});
  EXPECT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  return outcome.json();
}

// -log softmax of the next id, summed over rows first .. last - 1 of the logits for `ids`.
double loss(const std::vector<int>& ids, std::size_t first, std::size_t last) {
  const nlohmann::json input = {{"ids", {ids}}};
  const auto logits = run({"forward", gpt2(), "--ids", "-"}, {.input = input.dump()})
                          .json()["out"]
                          .get<std::vector<double>>();
  const std::size_t vocabulary = logits.size() / ids.size();
  double sum = 0;
  for (std::size_t t = first; t < last; ++t) {
    const double* row = logits.data() + (t - 1) * vocabulary;
    double total = 0;
    for (std::size_t v = 0; v < vocabulary; ++v) total += std::exp(row[v]);
    sum += std::log(total) - row[ids[t]];
  }
  return sum;
}

TEST(Perplexity, IsTheMeanLossOfTheWindows) {
  const auto ids =
      run({"tokenize", gpt2(), "--text", kText, "--json"}).json()["ids"][0].get<std::vector<int>>();
  const std::size_t n = ids.size();
  ASSERT_GT(n, 80u);
  ASSERT_LT(n, 128u);
  const nlohmann::json one = perplexity({});
  EXPECT_EQ(one["tokens"], n - 1);
  EXPECT_NEAR(one["perplexity"].get<double>(),
              std::exp(loss(ids, 1, n) / static_cast<double>(n - 1)), 1e-6);

  // Windows of 64 by 32: [0, 64), [32, 96), [64, n) where n is at most 128.
  const auto part = [&](std::size_t first, std::size_t last) {
    return std::vector<int>(ids.begin() + static_cast<std::ptrdiff_t>(first),
                            ids.begin() + static_cast<std::ptrdiff_t>(std::min(last, n)));
  };
  double sum = loss(part(0, 64), 1, 64) + loss(part(32, 96), 32, std::min<std::size_t>(64, n - 32));
  if (n > 96) sum += loss(part(64, n), 32, n - 64);
  const nlohmann::json windows = perplexity({"--window", "64", "--stride", "32"});
  EXPECT_EQ(windows["tokens"], n - 1);
  EXPECT_NEAR(windows["perplexity"].get<double>(), std::exp(sum / static_cast<double>(n - 1)),
              1e-6);

  const nlohmann::json limited = perplexity({"--limit", "40"});
  EXPECT_EQ(limited["tokens"], 39);
  EXPECT_NEAR(limited["perplexity"].get<double>(), std::exp(loss(part(0, 40), 1, 40) / 39), 1e-6);
}

TEST(Perplexity, TextForPeople) {
  const Outcome outcome = run({"perplexity", gpt2(), "-f", "-"}, {.input = kText});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.out.starts_with("perplexity ")) << outcome.out;
}

}  // namespace
}  // namespace zerocl::test
