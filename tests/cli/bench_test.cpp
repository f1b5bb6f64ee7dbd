#include <gtest/gtest.h>

#include <set>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

TEST(Bench, KernelsHaveTimesAndEqualBits) {
  const Outcome outcome =
      run({"bench", "--op", "gather_rows,l2_normalize", "--runs", "1", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  EXPECT_GT(json["copy_gb_per_s"].get<double>(), 0);
  std::set<std::string> operators;
  for (const nlohmann::json& kernel : json["kernels"]) {
    operators.insert(kernel["operator"]);
    EXPECT_GT(kernel["us"].get<double>(), 0);
    EXPECT_EQ(kernel["bits"], "equal") << kernel;
  }
  EXPECT_EQ(operators, (std::set<std::string>{"gather_rows", "l2_normalize"}));
}

TEST(Bench, SyntheticModelsAreLabelledAndLeaveNothing) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "tmp");
  const Outcome outcome = run({"bench", "--shape", "bert-tiny", "--batch", "1,3", "--seq", "16",
                               "--runs", "1", "--trace", directory / "trace.json", "--json"},
                              {.environment = {"TMPDIR=" + (directory / "tmp").string()}});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  EXPECT_EQ(json["weights"], "synthetic");
  ASSERT_EQ(json["results"].size(), 2u);
  EXPECT_EQ(json["results"][1]["tokens"], 48);
  EXPECT_TRUE(std::filesystem::is_empty(directory / "tmp"));

  // Two passes of two layers: every launch is in the table and in the trace.
  std::int64_t launches = 0;
  for (const nlohmann::json& kernel : json["kernels"]) {
    launches += kernel["launches"].get<std::int64_t>();
    if (kernel["kernel"] == "attention_i8") {
      EXPECT_EQ(kernel["launches"], 4);
    }
  }
  std::int64_t spans = 0;
  const nlohmann::json trace = read_json(directory / "trace.json");
  for (const nlohmann::json& event : trace["traceEvents"]) {
    spans += event["ph"] == "X" ? 1 : 0;
  }
  EXPECT_GT(launches, 20);
  EXPECT_EQ(spans, launches);
}

TEST(Bench, DecodersHavePromptAndGeneration) {
  const Outcome outcome = run({"bench", example("gpt2-novels-4m"), "--pp", "16", "--tg", "4",
                               "--batch", "1,2", "--runs", "2", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  EXPECT_EQ(json["weights"], "real");
  std::vector<std::string> tests;
  for (const nlohmann::json& result : json["results"]) {
    tests.push_back(result["test"]);
    EXPECT_EQ(result["seconds"].size(), 2u);
    EXPECT_GT(result["tokens_per_second"].get<double>(), 0);
  }
  EXPECT_EQ(tests, (std::vector<std::string>{"pp16", "tg4", "tg4"}));
  EXPECT_EQ(json["results"][2]["tokens"], 8);
}

}  // namespace
}  // namespace zerocl::test
