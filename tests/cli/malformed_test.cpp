// Model directories and tokenizers with one thing wrong, through the program: each ends with status
// 1 and an error that names the file, and leaves no output.
#include <gtest/gtest.h>

#include "tests/checkpoint/malformed_files.h"
#include "tests/checkpoint/tiny_model.h"
#include "tests/cli/program.h"
#include "tests/tokenizer/broken_directories.h"

namespace zerocl::test {
namespace {

namespace fs = std::filesystem;

TEST(Malformed, TheModelThatTheyAreMadeFromIsQuantized) {
  const TemporaryDirectory directory;
  write_tiny_model(directory / "model");
  const Outcome outcome = run({"quantize", directory / "model", "-o", directory / "out"});
  EXPECT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
}

TEST(Malformed, EachIsRefusedAndLeavesNothing) {
  ASSERT_GE(malformed_case_count(), 200u);
  for (std::size_t i = 0; i < malformed_case_count(); ++i) {
    const TemporaryDirectory directory;
    const fs::path model = directory / "model";
    const MalformedCase about = write_malformed_case(i, model);
    // A model of one head is another model, and as right: nothing contradicts it.
    if (about.description == "num_attention_heads: 1") continue;
    const std::string label = std::to_string(i) + " " + about.group + ": " + about.description;
    const Outcome outcome = run({"quantize", model, "-o", directory / "out"});
    EXPECT_EQ(outcome.status, 1) << label << "\n" << testing::PrintToString(outcome);
    EXPECT_EQ(outcome.out, "") << label;
    // Where two files contradict each other, either may be named.
    const std::string named = about.needs_family ? model.string() + "/" : about.file;
    EXPECT_NE(outcome.err.find(named), std::string::npos) << label << "\n" << outcome.err;
    EXPECT_LT(outcome.err.size(), 2000u) << label;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory.path())) {
      EXPECT_EQ(entry.path(), model) << label;
    }
  }
}

TEST(Malformed, EachTokenizerIsRefused) {
  const std::vector<BrokenDirectory> all = broken_directories();
  ASSERT_GE(all.size(), 30u);
  for (const BrokenDirectory& broken : all) {
    const TemporaryDirectory directory;
    for (const auto& [name, content] : broken.files) write_bytes(directory / name, content);
    const Outcome outcome = run({"tokenize", directory.path(), "--text", "a"});
    EXPECT_EQ(outcome.status, 1) << broken.name << "\n" << testing::PrintToString(outcome);
    EXPECT_EQ(outcome.out, "") << broken.name;
    EXPECT_LT(outcome.err.size(), 2000u) << broken.name;
    for (const std::string& part : broken.message) {
      EXPECT_NE(outcome.err.find(part), std::string::npos) << broken.name << "\n" << outcome.err;
    }
  }
}

}  // namespace
}  // namespace zerocl::test
