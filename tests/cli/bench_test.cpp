#include <gtest/gtest.h>

#include <set>
#include <sstream>

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

// Each request is answered as one run with these options would be.
TEST(Bench, RequestsAreAnsweredOneALine) {
  const Outcome outcome =
      run({"bench", "--shape", "bert-tiny", "--requests", "--profile"}, {.input = "3 16 2\n1 9 1"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  std::istringstream lines(outcome.out);
  std::vector<nlohmann::json> answers;
  for (std::string line; std::getline(lines, line);) {
    answers.push_back(nlohmann::json::parse(line));
  }
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0]["results"].size(), 1u);
  EXPECT_EQ(answers[0]["results"][0]["test"], "3 x 16");
  EXPECT_EQ(answers[0]["results"][0]["seconds"].size(), 2u);
  EXPECT_EQ(answers[1]["results"][0]["tokens"], 9);
  EXPECT_EQ(answers[1]["runs"], 1);
  for (const nlohmann::json& kernel : answers[1]["kernels"]) {  // of this request alone
    if (kernel["kernel"] == "attention_i8") {
      EXPECT_EQ(kernel["launches"], 2);
    }
  }
}

TEST(Bench, LinesThatAreNoRequestsAreRefused) {
  for (const std::string line : {"3 16\n", "3 16 2x\n", "0 16 1\n", "3  16 1\n", "\n", "3 16 1 1\n",
                                 "99999999999999999999 1 1\n", "-1 16 1\n"}) {
    const Outcome outcome = run({"bench", "--shape", "bert-tiny", "--requests"}, {.input = line});
    EXPECT_EQ(outcome.status, 2) << line << testing::PrintToString(outcome);
    EXPECT_NE(outcome.err.find("--requests"), std::string::npos) << outcome.err;
  }
}

TEST(Bench, ProductsOfAnyDimensions) {
  const Outcome outcome =
      run({"bench", "--op", "linear_w8a8", "--products", "3x5x256,7x9x64", "--variants", "portable",
           "--runs", "1", "--json", "--device", "pthread"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  std::vector<std::string> shapes;
  for (const nlohmann::json& kernel : json["kernels"]) {
    EXPECT_EQ(kernel["variant"], "portable");
    EXPECT_EQ(kernel["bits"], "equal");
    shapes.push_back(kernel["shape"]);
  }
  ASSERT_EQ(shapes.size(), 3u);  // the first also in groups of 128
  EXPECT_EQ(shapes[0].find("M=3 N=5 K=256 gx=256 "), 0u) << shapes[0];
  EXPECT_EQ(shapes[1].find("M=3 N=5 K=256 gx=128 "), 0u) << shapes[1];
  EXPECT_EQ(shapes[2].find("M=7 N=9 K=64 gx=64 "), 0u) << shapes[2];
}

// What was asked for and cannot be timed is named, in words and in JSON: kernels that are for
// Hopper, and a product that no model has.
TEST(Bench, SaysWhatItSkips) {
  const std::vector<std::string> words = {"bench",
                                          "--op",
                                          "linear_w8a8_gelu_quantize",
                                          "--products",
                                          "64x256x128,64x128x128",
                                          "--runs",
                                          "1",
                                          "--device",
                                          "pthread"};
  const Outcome text = run(words);
  ASSERT_EQ(text.status, 0) << testing::PrintToString(text);
  EXPECT_NE(text.out.find("skipped linear_w8a8_gelu_quantize M=64 "), std::string::npos)
      << text.out;
  EXPECT_NE(text.out.find("wgmma"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("skipped linear_w8a8_gelu_quantize 64x128x128: no model"),
            std::string::npos)
      << text.out;
  EXPECT_EQ(text.out.find("us  GB/s"), std::string::npos) << text.out;  // no table of nothing
  std::vector<std::string> with_json = words;
  with_json.emplace_back("--json");
  const Outcome outcome = run(with_json);
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  EXPECT_TRUE(json["kernels"].empty());
  ASSERT_EQ(json["skipped"].size(), 2u);
  std::string why;
  for (const nlohmann::json& each : json["skipped"]) {
    EXPECT_EQ(each["operator"], "linear_w8a8_gelu_quantize");
    why += each["why"].get<std::string>();
  }
  EXPECT_NE(why.find("wgmma"), std::string::npos) << why;
  EXPECT_NE(why.find("no model"), std::string::npos) << why;
}

// On Hopper it measures, after a check of its sums; elsewhere it says what is missing.
TEST(Bench, PeakNeedsWgmma) {
  const Outcome outcome = run({"bench", "--peak", "--json"});
  if (outcome.status == 0) {
    EXPECT_GT(outcome.json()["int8_products"][0]["sustained_tops"].get<double>(), 500);
    return;
  }
  EXPECT_EQ(outcome.status, 3) << testing::PrintToString(outcome);
  EXPECT_NE(outcome.err.find("wgmma"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("needs"), std::string::npos) << outcome.err;
}

// One batch as it is, padded, and with its tokens in equal lengths.
TEST(Bench, MixedLengthsStandBesidePaddingAndPrediction) {
  const std::vector<std::string> words = {"bench",     "--shape", "bert-tiny", "--batch", "5,2",
                                          "--lengths", "3:9",     "--runs",    "2"};
  std::vector<std::string> with_json = words;
  with_json.emplace_back("--json");
  const Outcome outcome = run(with_json);
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  ASSERT_EQ(json["results"].size(), 6u);
  ASSERT_EQ(json["mixed"].size(), 2u);
  const nlohmann::json mixed = json["mixed"][0];
  std::int64_t tokens = 0;
  std::set<std::int64_t> different;
  for (const std::int64_t length : mixed["lengths"]) {
    EXPECT_TRUE(length >= 3 && length <= 9) << length;
    tokens += length;
    different.insert(length);
  }
  EXPECT_EQ(mixed["lengths"].size(), 5u);
  EXPECT_GT(different.size(), 1u);
  EXPECT_EQ(mixed["tokens"], tokens);
  EXPECT_EQ(mixed["padded_tokens"], 45);
  EXPECT_EQ(json["results"][0]["tokens"], tokens);
  EXPECT_EQ(json["results"][1]["tokens"], 45);
  EXPECT_EQ(json["results"][2]["tokens"], tokens);
  const auto seconds = [&](int i) { return json["results"][i]["median_seconds"].get<double>(); };
  EXPECT_EQ(mixed["predicted_seconds"], seconds(2));
  EXPECT_DOUBLE_EQ(mixed["mixed_over_predicted"].get<double>(), seconds(0) / seconds(2));
  EXPECT_DOUBLE_EQ(mixed["padded_over_mixed"].get<double>(), seconds(1) / seconds(0));

  const Outcome again = run(with_json);
  EXPECT_EQ(again.json()["mixed"][0]["lengths"], mixed["lengths"]);
  const Outcome text = run(words);
  EXPECT_EQ(text.status, 0);
  EXPECT_NE(text.out.find("seed 1"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("5 x 9, padded"), std::string::npos) << text.out;
}

// On a CPU no launcher chooses by shape: tuning ends well and leaves no file.
TEST(BenchTune, WithoutAChoiceThereIsNothingToTune) {
  const TemporaryDirectory cache;
  const RunOptions options = {.environment = {"ZEROCL_CACHE_DIR=" + cache.path().string()}};
  const Outcome text = run({"bench", "--tune", "--device", "pthread"}, options);
  if (text.status == 2) GTEST_SKIP() << "no PoCL";
  ASSERT_EQ(text.status, 0) << testing::PrintToString(text);
  EXPECT_NE(text.out.find("nothing to tune"), std::string::npos) << text.out;
  const Outcome json = run({"bench", "--tune", "--device", "pthread", "--json"}, options);
  EXPECT_TRUE(json.json()["tuned"].empty());
  EXPECT_TRUE(json.json()["file"].is_null());
  EXPECT_TRUE(std::filesystem::is_empty(cache.path()));
}

// The GPU's shape has two kernels and runs on a CPU too.
TEST(BenchTune, MeasuresChoosesAndKeeps) {
  const TemporaryDirectory cache;
  const RunOptions options = {
      .environment = {"ZEROCL_CACHE_DIR=" + cache.path().string(), "ZEROCL_PREFER_VARIANTS=group"}};
  const std::vector<std::string> words = {
      "bench",      "--tune", "--shape", "bert-tiny", "--device", "pthread", "--op",
      "linear_f32", "--rows", "1,40",    "--runs",    "1",        "--json"};
  const Outcome outcome = run(words, options);
  if (outcome.status == 2) GTEST_SKIP() << "no PoCL";
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  ASSERT_EQ(json["tuned"].size(), 8u);  // four products, two numbers of rows
  for (const nlohmann::json& tuned : json["tuned"]) {
    const nlohmann::json& us = tuned["us"];
    ASSERT_EQ(us.size(), 2u) << tuned;
    EXPECT_GE(tuned["gain"].get<double>(), 1) << tuned;
    for (const auto& [kernel, time] : us.items()) {
      EXPECT_GE(time, us[tuned["chosen"].get<std::string>()]) << tuned;
    }
  }
  const std::filesystem::path file = json["file"].get<std::string>();
  EXPECT_EQ(file.parent_path(), cache.path());
  EXPECT_EQ(read_json(file)["measurements"].size(), 8u);

  // A later run adds to the file; one that cannot be read is told of and written anew.
  std::vector<std::string> more = words;
  more[9] = "7";
  EXPECT_EQ(run(more, options).status, 0);
  EXPECT_EQ(read_json(file)["measurements"].size(), 12u);
  write_bytes(file, "{\"format\": ");
  const Outcome again = run(more, options);
  EXPECT_EQ(again.status, 0) << testing::PrintToString(again);
  EXPECT_NE(again.err.find("is not used"), std::string::npos) << again.err;
  EXPECT_EQ(read_json(file)["measurements"].size(), 4u);
}

TEST(BenchTune, NeedsADirectoryToKeepItIn) {
  const Outcome outcome = run({"bench", "--tune"}, {.environment = {"ZEROCL_CACHE_DIR=off"}});
  EXPECT_EQ(outcome.status, 2) << testing::PrintToString(outcome);
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
