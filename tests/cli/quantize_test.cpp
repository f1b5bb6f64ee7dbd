#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

namespace fs = std::filesystem;

std::string gpt2() {
  return example("gpt2-novels-4m");
}

TEST(Quantize, WritesAModelThatRunsAndIsSmaller) {
  const TemporaryDirectory directory;
  const std::string target = directory / "w8a8";
  const Outcome outcome = run({"quantize", gpt2(), "-o", target, "--scheme", "w8a8", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  EXPECT_EQ(outcome.err, "");
  const nlohmann::json report = outcome.json();
  EXPECT_EQ(report["modules"].size(), 16u);  // qkv, output, fc1, fc2 of four layers
  for (const nlohmann::json& module : report["modules"]) {
    EXPECT_GT(module["sqnr_db"].get<double>(), 30) << module;
    EXPECT_LT(module["bytes_after"].get<double>(), 0.55 * module["bytes_before"].get<double>());
  }
  EXPECT_LT(report["bytes_after"], report["bytes_before"]);
  EXPECT_EQ(run({"inspect", target, "--json"}).json()["scheme"], "w8a8");
  const Outcome text = run({"generate", target, "-p", "It was a dark", "-n", "8"});
  EXPECT_EQ(text.status, 0) << testing::PrintToString(text);
}

TEST(Quantize, F16KeepsTheLabels) {
  const TemporaryDirectory directory;
  const std::string bert = example("bert-sst2-5m"), target = directory / "f16";
  const Outcome outcome = run({"quantize", bert, "-o", target, "--scheme", "f16", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  EXPECT_EQ(outcome.json()["modules"].size(), 16u);
  EXPECT_EQ(run({"inspect", target, "--json"}).json()["scheme"], "f16");
  EXPECT_NE(run({"inspect", target, "--graph"}).out.find("attention_f16_n16f25"),
            std::string::npos);
  EXPECT_EQ(run({"classify", target, "--text", "a great movie"}).out.substr(0, 8), "positive");
  EXPECT_EQ(run({"quantize", gpt2(), "-o", directory / "no", "--scheme", "f16"}).status, 2);
}

TEST(Quantize, GivesTheSameBytesEachTimeAndOnTheReference) {
  const TemporaryDirectory directory;
  for (const char* name : {"a", "b"}) {
    ASSERT_EQ(run({"quantize", gpt2(), "-o", directory / name, "--groups", "4"}).status, 0);
  }
  ASSERT_EQ(
      run({"quantize", gpt2(), "-o", directory / "c", "--groups", "4", "--device", "reference"})
          .status,
      0);
  for (const char* file : {"model.safetensors", "config.json"}) {
    const std::string bytes = read_bytes(directory / "a" / file);
    EXPECT_EQ(read_bytes(directory / "b" / file), bytes) << file;
    EXPECT_EQ(read_bytes(directory / "c" / file), bytes) << file;
  }
}

TEST(Quantize, ReplacesOnlyWhatItIsToldTo) {
  const TemporaryDirectory directory;
  const std::string target = directory / "model";
  ASSERT_EQ(run({"quantize", gpt2(), "-o", target}).status, 0);
  const std::string before = read_bytes(directory / "model/config.json");
  EXPECT_EQ(run({"quantize", gpt2(), "-o", target, "--groups", "2"}).status, 2);
  EXPECT_EQ(read_bytes(directory / "model/config.json"), before);
  EXPECT_EQ(run({"quantize", gpt2(), "-o", target, "--groups", "2", "--replace"}).status, 0);
  EXPECT_NE(read_bytes(directory / "model/config.json"), before);
  // A directory that is no model is not replaced, whatever is asked.
  fs::create_directory(directory / "precious");
  write_bytes(directory / "precious/diary.txt", "dear diary");
  EXPECT_EQ(run({"quantize", gpt2(), "-o", directory / "precious", "--replace"}).status, 2);
  EXPECT_EQ(read_bytes(directory / "precious/diary.txt"), "dear diary");
}

TEST(Quantize, PrintsATable) {
  const TemporaryDirectory directory;
  const Outcome outcome = run({"quantize", gpt2(), "-o", directory / "model"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* word : {"SQNR", "layer.0.attention.qkv", "layer.3.mlp.fc2", "MB", " s\n"}) {
    EXPECT_NE(outcome.out.find(word), std::string::npos) << word << "\n" << outcome.out;
  }
}

}  // namespace
}  // namespace zerocl::test
