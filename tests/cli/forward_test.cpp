#include <gtest/gtest.h>

#include <cmath>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

// Outputs of Hugging Face transformers in float32, for tiny models of every family.
class GoldenForward : public testing::TestWithParam<const char*> {};

// Compares one case; where the mask is 0 the program's output is zeros and the golden one anything.
void compare(const nlohmann::json& expected, const nlohmann::json& actual) {
  ASSERT_EQ(actual["shape"], expected["shape"]);
  const auto shape = expected["shape"].get<std::vector<std::size_t>>();
  const auto want = expected["out"].get<std::vector<double>>();
  const auto got = actual["out"].get<std::vector<double>>();
  ASSERT_EQ(got.size(), want.size());
  const bool per_token = shape.size() == 3;
  const std::size_t cols = shape.back();
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::size_t row = i / cols;
    const bool masked = per_token && expected["mask"][row / shape[1]][row % shape[1]] == 0;
    if (masked) {
      EXPECT_EQ(got[i], 0) << "row " << row;
    } else {
      worst = std::max(worst, std::abs(got[i] - want[i]));
    }
  }
  EXPECT_LE(worst, 1e-4);
}

TEST_P(GoldenForward, WithinTenThousandth) {
  const auto model = shared(std::string("golden/") + GetParam());
  ZEROCL_NEED(model);
  const nlohmann::json cases = read_json(model / "golden.json")["cases"];
  ASSERT_FALSE(cases.empty());
  const TemporaryDirectory directory;
  for (const char* device : {"", "reference"}) {
    for (const nlohmann::json& expected : cases) {
      const nlohmann::json input = {{"ids", expected["ids"]}, {"mask", expected["mask"]}};
      write_bytes(directory / "ids.json", input.dump());
      const Outcome outcome =
          run({"forward", model, "--ids", directory / "ids.json", "--device", device});
      ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
      EXPECT_EQ(outcome.err, "");
      compare(expected, outcome.json());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenForward,
                         testing::Values("bert", "bert-classifier", "bert-mlm", "distilbert",
                                         "roberta", "gpt2", "gpt2-odd"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

nlohmann::json forward(const std::string& input) {
  const Outcome outcome =
      run({"forward", example("gpt2-novels-4m"), "--ids", "-"}, {.input = input});
  EXPECT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  return outcome.json();
}

// The rows of one sequence from a result.
std::vector<double> rows(const nlohmann::json& result, std::size_t sequence, std::size_t first,
                         std::size_t count) {
  const auto shape = result["shape"].get<std::vector<std::size_t>>();
  const auto out = result["out"].get<std::vector<double>>();
  const auto begin =
      out.begin() + static_cast<std::ptrdiff_t>((sequence * shape[1] + first) * shape[2]);
  return {begin, begin + static_cast<std::ptrdiff_t>(count * shape[2])};
}

// A sequence's bits depend on nothing but itself: not on padding, wherever it stands, nor on
// others.
TEST(Forward, PaddingAndNeighboursChangeNothing) {
  const auto alone = rows(forward(R"({"ids": [[879, 310, 259]]})"), 0, 0, 3);
  EXPECT_EQ(
      rows(forward(R"({"ids": [[879, 310, 259, 7, 7]], "mask": [[1, 1, 1, 0, 0]]})"), 0, 0, 3),
      alone);
  EXPECT_EQ(
      rows(forward(R"({"ids": [[7, 7, 879, 310, 259]], "mask": [[0, 0, 1, 1, 1]]})"), 0, 2, 3),
      alone);
  const nlohmann::json ragged = forward(R"({"ids": [[5], [879, 310, 259], [1, 2, 3, 4, 5, 6]]})");
  EXPECT_EQ(ragged["shape"], nlohmann::json({3, 6, 4096}));
  EXPECT_EQ(rows(ragged, 1, 0, 3), alone);
  EXPECT_EQ(rows(ragged, 1, 3, 3), std::vector<double>(3 * 4096, 0));
  // A row that is all padding has no output, and harms nobody.
  const nlohmann::json empty =
      forward(R"({"ids": [[1, 2, 3], [879, 310, 259]], "mask": [[0, 0, 0], [1, 1, 1]]})");
  EXPECT_EQ(rows(empty, 0, 0, 3), std::vector<double>(3 * 4096, 0));
  EXPECT_EQ(rows(empty, 1, 0, 3), alone);
}

TEST(Forward, RefusesWhatMakesNoSense) {
  struct Case {
    const char *input, *reason;
  };
  for (const Case& bad : {Case{"", "JSON"},
                          {"[]", "object"},
                          {"{}", "\"ids\""},
                          {R"({"ids": []})", "\"ids\""},
                          {R"({"ids": [[]]})", "\"ids\""},
                          {R"({"ids": [1, 2]})", "\"ids\""},
                          {R"({"ids": [[1.5]]})", "\"ids"},
                          {R"({"ids": [["a"]]})", "\"ids"},
                          {R"({"ids": [[-1]]})", "-1"},
                          {R"({"ids": [[4096]]})", "4096"},
                          {R"({"ids": [[99999999999]]})", "99999999999"},
                          {R"({"ids": [[1, 2]], "mask": [[1]]})", "\"mask\""},
                          {R"({"ids": [[1, 2]], "mask": [[1, 2]]})", "\"mask\""},
                          {R"({"ids": [[1]], "mask": [[0]]})", "\"ids\""},
                          {R"({"ids": [[1]], "ids": [[2]]})", "ids"}}) {
    const Outcome outcome =
        run({"forward", example("gpt2-novels-4m"), "--ids", "-"}, {.input = bad.input});
    EXPECT_EQ(outcome.status, 1) << bad.input;
    EXPECT_EQ(outcome.out, "") << bad.input;
    EXPECT_NE(outcome.err.find(bad.reason), std::string::npos) << bad.input << "\n" << outcome.err;
  }
  std::string long_row = "0";
  for (int i = 0; i < 512; ++i) long_row += ",1";
  const Outcome outcome = run({"forward", example("gpt2-novels-4m"), "--ids", "-"},
                              {.input = "{\"ids\": [[" + long_row + "]]}"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("512"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace zerocl::test
