#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

const std::vector<std::string> kCommands = {"devices", "quantize",   "inspect",  "tokenize",
                                            "forward", "encode",     "classify", "generate",
                                            "eval",    "perplexity", "verify",   "bench"};

class HelpOf : public testing::TestWithParam<std::string> {};

TEST_P(HelpOf, HasExamplesAndOptions) {
  const Outcome outcome = run({GetParam(), "--help"});
  EXPECT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  EXPECT_NE(outcome.out.find("Examples:\n  zerocl " + GetParam()), std::string::npos);
  EXPECT_NE(outcome.out.find("--json"), std::string::npos);
  EXPECT_EQ(outcome.err, "");
}

INSTANTIATE_TEST_SUITE_P(Commands, HelpOf, testing::ValuesIn(kCommands));

TEST(Help, OfTheProgramNamesEveryCommand) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  for (const std::string& command : kCommands) {
    EXPECT_NE(outcome.out.find("\n  " + command + " "), std::string::npos) << command;
  }
}

TEST(Help, Version) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.out.starts_with("zerocl ")) << outcome.out;
}

}  // namespace
}  // namespace zerocl::test
