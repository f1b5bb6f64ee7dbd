#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

std::string gpt2() {
  return example("gpt2-novels-4m");
}

TEST(Tokenize, TextsThatLookLikeSomethingElse) {
  // Options, lists, an empty text, and bytes that are not UTF-8.
  const Outcome outcome = run({"tokenize", gpt2(), "--text", "-n 5", "--text", "[a,b]", "--text",
                               "--file", "--text", "", "--text", "\xff", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json ids = outcome.json()["ids"];
  ASSERT_EQ(ids.size(), 5u);
  EXPECT_TRUE(ids[3].empty());
  const Outcome back =
      run({"tokenize", gpt2(), "--decode", "--json", "--text", ids[0].dump(), "--text",
           ids[1].dump(), "--text", ids[2].dump(), "--text", ids[4].dump()});
  EXPECT_EQ(back.json()["texts"], nlohmann::json({"-n 5", "[a,b]", "--file", "\xef\xbf\xbd"}));
}

TEST(Tokenize, LinesOfAFile) {
  const Outcome outcome = run({"tokenize", gpt2(), "--file", "-"},
                              {.input = "It was\r\n\nIt was a dark and stormy night"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "879 310\n\n879 310 259 1005 279 3852 89 864\n");
}

TEST(Tokenize, JsonLinesBothWays) {
  const std::string texts =
      "{\"text\": \"It was\\n\\u00e9t\\u00e9 \\ud83d\\ude00\"}\n{\"text\": \"\"}\n";
  const Outcome ids = run({"tokenize", gpt2(), "--jsonl", "-"}, {.input = texts});
  ASSERT_EQ(ids.status, 0) << testing::PrintToString(ids);
  const Outcome back = run({"tokenize", gpt2(), "--decode", "--jsonl", "-"}, {.input = ids.out});
  EXPECT_EQ(back.out,
            "{\"text\":\"It was\\n\xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80\"}\n{\"text\":\"\"}\n");
}

TEST(Tokenize, SpecialTokens) {
  const std::string model = shared("models/minilm-l6");
  ZEROCL_NEED(model);
  const nlohmann::json with = run({"tokenize", model, "--text", "good", "--json"}).json()["ids"][0];
  const nlohmann::json without =
      run({"tokenize", model, "--text", "good", "--json", "--no-special"}).json()["ids"][0];
  ASSERT_EQ(with.size(), without.size() + 2);
  EXPECT_EQ(nlohmann::json(std::vector<int>(with.begin() + 1, with.end() - 1)), without);
  EXPECT_EQ(run({"tokenize", model, "--decode", "--text", with.dump()}).out, "[CLS] good [SEP]\n");
  EXPECT_EQ(run({"tokenize", model, "--decode", "--no-special", "--text", with.dump()}).out,
            "good\n");
}

}  // namespace
}  // namespace zerocl::test
