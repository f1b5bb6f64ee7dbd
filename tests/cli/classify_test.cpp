#include <gtest/gtest.h>

#include <cmath>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

std::string bert() {
  return example("bert-sst2-5m");
}

TEST(Classify, LabelsAndScores) {
  const Outcome outcome =
      run({"classify", bert(), "--text", "a gorgeous , witty , seductive movie .", "--text",
           "unflinchingly bleak and desperate", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json results = outcome.json()["results"];
  ASSERT_EQ(results.size(), 2u);
  for (const nlohmann::json& result : results) {
    // Shortest decimals: they are the floats once they are read as such.
    const double a = result["logits"][0].get<float>(), b = result["logits"][1].get<float>();
    const double best = result["scores"][0]["score"], other = result["scores"][1]["score"];
    EXPECT_EQ(result["score"], best);
    EXPECT_EQ(result["label"], result["scores"][0]["label"]);
    EXPECT_NEAR(best, 1 / (1 + std::exp(-std::abs(a - b))), 1e-12);
    EXPECT_NEAR(best + other, 1, 1e-12);
  }
  EXPECT_NE(results[0]["label"], results[1]["label"]);
  const Outcome text =
      run({"classify", bert(), "--text", "a gorgeous , witty , seductive movie .", "--top", "1"});
  EXPECT_EQ(text.status, 0);
  EXPECT_TRUE(text.out.starts_with(results[0]["label"].get<std::string>() + "\t0.")) << text.out;
  EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\t'), 1);
}

// The logits that Hugging Face transformers gives in float32, over all of SST-2's dev set.
TEST(Classify, LogitsOfTransformers) {
  const auto data = shared("eval/glue/SST-2/alps_test.tsv");
  ZEROCL_NEED(data);
  std::string sentences;
  std::istringstream lines(read_bytes(data));
  std::string line;
  std::getline(lines, line);  // header
  while (std::getline(lines, line)) sentences += line.substr(0, line.find('\t')) + "\n";
  const Outcome outcome = run({"classify", bert(), "--file", "-", "--json"}, {.input = sentences});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json results = outcome.json()["results"];
  const nlohmann::json golden = read_json(example("bert-sst2-5m") / "golden.json")["logits"];
  ASSERT_EQ(results.size(), golden.size());
  double worst = 0;
  for (std::size_t i = 0; i < golden.size(); ++i) {
    for (std::size_t k = 0; k < 2; ++k) {
      worst = std::max(
          worst, std::abs(results[i]["logits"][k].get<double>() - golden[i][k].get<double>()));
    }
  }
  EXPECT_LE(worst, 1e-4);
}

TEST(Classify, PairsByEveryWay) {
  const Outcome options =
      run({"classify", bert(), "--text", "He said so.", "--pair", "So he said."});
  ASSERT_EQ(options.status, 0) << testing::PrintToString(options);
  const Outcome file =
      run({"classify", bert(), "--file", "-"}, {.input = "He said so.\tSo he said.\n"});
  EXPECT_EQ(file.out, options.out);
  const Outcome jsonl = run({"classify", bert(), "--jsonl", "-"},
                            {.input = "{\"text\": \"He said so.\", \"pair\": \"So he said.\"}\n"});
  EXPECT_EQ(jsonl.out, options.out);
  EXPECT_NE(run({"classify", bert(), "--text", "He said so."}).out, options.out);
  const Outcome three = run({"classify", bert(), "--file", "-"}, {.input = "a\tb\n a\tb\tc\n"});
  EXPECT_EQ(three.status, 1);
  EXPECT_NE(three.err.find(":2:"), std::string::npos) << three.err;
}

}  // namespace
}  // namespace zerocl::test
