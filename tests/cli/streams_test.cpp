#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

std::string gpt2() {
  return example("gpt2-novels-4m");
}

std::string many_lines() {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "It was a dark and stormy night.\n";
  return text;
}

// A reader that has seen enough is no error to talk about: the program ends as by SIGPIPE.
TEST(Streams, AReaderThatLeavesIsNoError) {
  const Outcome outcome =
      run_shell("\"$zerocl\" tokenize " + gpt2() + " --file - | head -n 1; echo ${PIPESTATUS[0]}",
                {.input = many_lines()});
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(outcome.out.ends_with("\n141\n")) << outcome.out;
}

TEST(Streams, AFullDiskIsAFailure) {
  const Outcome outcome = run_shell("\"$zerocl\" tokenize " + gpt2() + " --text a > /dev/full");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("standard output"), std::string::npos) << outcome.err;
}

TEST(Streams, AClosedOutputIsAFailure) {
  const Outcome outcome = run_shell("\"$zerocl\" tokenize " + gpt2() + " --text a >&-");
  EXPECT_EQ(outcome.status, 1);
}

// With standard output closed, the model's file would get its number, and be written over.
TEST(Streams, QuantizeWithClosedOutputWritesTheSameModel) {
  const TemporaryDirectory directory;
  const std::string a = directory / "a", b = directory / "b";
  run_shell("\"$zerocl\" quantize " + gpt2() + " -o " + a);
  run_shell("\"$zerocl\" quantize " + gpt2() + " -o " + b + " >&- 2>&- <&-");
  EXPECT_EQ(read_bytes(std::filesystem::path(a) / "model.safetensors"),
            read_bytes(std::filesystem::path(b) / "model.safetensors"));
}

TEST(Streams, ProgressAppearsOnTerminalsAlone) {
  const Outcome outcome = run({"classify", example("bert-sst2-5m"), "--text", "good"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
}

TEST(Streams, NamedPipesWillDo) {
  const Outcome outcome =
      run_shell("\"$zerocl\" tokenize " + gpt2() + " --file <(printf 'It was\\nIt was')");
  EXPECT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  EXPECT_EQ(outcome.out, "879 310\n879 310\n");
}

TEST(Streams, InterruptedQuantizeLeavesNothing) {
  const TemporaryDirectory directory;
  // Wherever the signal meets it: nothing or the whole model is there.
  for (const char* delay : {"0.02", "0.1", "0.3", "0.6", "1.0"}) {
    const std::string target = directory / (std::string("model") + delay);
    const Outcome outcome = run_shell("\"$zerocl\" quantize " + gpt2() + " -o " + target +
                                      " & sleep " + delay + "; kill -INT $!; wait $!; echo $?");
    const bool done = outcome.out.ends_with("\n0\n");
    EXPECT_TRUE(done || outcome.out.ends_with("130\n")) << testing::PrintToString(outcome);
    EXPECT_EQ(std::filesystem::exists(target), done);
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    EXPECT_TRUE(std::filesystem::exists(entry.path() / "config.json")) << entry.path();
  }
}

}  // namespace
}  // namespace zerocl::test
