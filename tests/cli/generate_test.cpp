#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

class GreedyOf : public testing::TestWithParam<const char*> {
 protected:
  std::filesystem::path model() const {
    const auto shipped = example(GetParam());
    return exists(shipped) ? shipped : shared(std::string("models/") + GetParam());
  }
};

// The greedy continuations of Hugging Face transformers in float32.
TEST_P(GreedyOf, ContinuesAsTransformersDoes) {
  ZEROCL_NEED(model());
  const nlohmann::json file = read_json(model() / "golden.json");
  ASSERT_FALSE(file["greedy"].empty());
  for (const nlohmann::json& golden : file["greedy"]) {
    const auto prompt_ids = golden["ids"].get<std::vector<int>>();
    const auto all = golden["out"].get<std::vector<int>>();
    const std::string count = std::to_string(all.size() - prompt_ids.size());
    const std::string prompt = golden["prompt"];
    const Outcome outcome = run({"generate", model(), "-p", prompt, "-n", count, "--json"});
    ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
    const nlohmann::json json = outcome.json();
    EXPECT_EQ(json["prompt_ids"], golden["ids"]);
    EXPECT_EQ(
        json["ids"].get<std::vector<int>>(),
        std::vector<int>(all.begin() + static_cast<std::ptrdiff_t>(prompt_ids.size()), all.end()));
    const Outcome streamed = run({"generate", model(), "-p", prompt, "-n", count});
    EXPECT_EQ(streamed.out, golden["text"].get<std::string>() + "\n");
    EXPECT_NE(streamed.err.find("tokens/s"), std::string::npos);
    const Outcome no_echo = run({"generate", model(), "-p", prompt, "-n", count, "--no-echo"});
    EXPECT_EQ(prompt + no_echo.out, streamed.out);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GreedyOf, testing::Values("gpt2-novels-4m", "gpt2-novels-28m"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

nlohmann::json generate(std::vector<std::string> more) {
  more.insert(more.begin(), {"generate", example("gpt2-novels-4m"), "--json"});
  const Outcome outcome = run(more);
  EXPECT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  return outcome.json();
}

TEST(Generate, ASeedDecidesTheTextOnEveryDevice) {
  const std::vector<std::string> options = {"-p",      "The old house", "-n",      "24",
                                            "--temp",  "0.9",           "--top-k", "40",
                                            "--top-p", "0.95",          "--seed",  "7"};
  const nlohmann::json first = generate(options);
  EXPECT_EQ(generate(options)["ids"], first["ids"]);
  auto on_reference = options, other_seed = options;
  on_reference.insert(on_reference.end(), {"--device", "reference"});
  EXPECT_EQ(generate(on_reference)["ids"], first["ids"]);
  other_seed.back() = "8";
  EXPECT_NE(generate(other_seed)["ids"], first["ids"]);
}

TEST(Generate, EndsWhereThePositionsEnd) {
  std::string prompt;
  for (int i = 0; i < 500; ++i) prompt += " the";
  const nlohmann::json result = generate({"-p", prompt, "-n", "100", "--ignore-eos"});
  EXPECT_EQ(result["prompt_ids"].size(), 500u);
  EXPECT_EQ(result["ids"].size(), 13u);  // 512 positions, and what the last of them predicts
  for (int i = 0; i < 13; ++i) prompt += " the";
  const Outcome outcome = run({"generate", example("gpt2-novels-4m"), "-p", prompt});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("512 positions"), std::string::npos) << outcome.err;
}

TEST(Generate, PromptFromAFileWithoutItsLastLineEnd) {
  const Outcome outcome =
      run({"generate", example("gpt2-novels-4m"), "--file", "-", "-n", "0"}, {.input = "It was\n"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "It was\n");
}

}  // namespace
}  // namespace zerocl::test
