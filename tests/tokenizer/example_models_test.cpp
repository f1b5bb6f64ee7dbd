// The models that come with the project.
#include <algorithm>

#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

const std::filesystem::path kExamples = std::filesystem::path(ZEROCL_SOURCE_DIR) / "examples";

TEST(ExampleModels, Gpt2PromptsHaveTheirGoldenIds) {
  const auto dir = kExamples / "gpt2-novels-4m";
  const auto tokenizer = load_tokenizer(dir);
  EXPECT_EQ(tokenizer->vocab_size(), 4096u);
  EXPECT_EQ(tokenizer->special().eos, TokenId{0});
  const auto golden = read_test_json(dir / "golden.json");
  for (const auto& run : golden.at("greedy")) {
    EXPECT_EQ(tokenizer->encode(run.at("prompt").get<std::string>()).ids, run.at("ids").get<Ids>());
    EXPECT_EQ(tokenizer->decode(run.at("out").get<Ids>()), run.at("text").get<std::string>());
  }
}

TEST(ExampleModels, EndOfTextInATextIsTheSpecialToken) {
  const auto tokenizer = load_tokenizer(kExamples / "gpt2-novels-4m");
  const Ids ids = tokenizer->encode("The end.<|endoftext|>A new one").ids;
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 0), 1);
  EXPECT_EQ(tokenizer->decode(ids), "The end.A new one");
  EXPECT_EQ(tokenizer->decode(ids, false), "The end.<|endoftext|>A new one");
}

TEST(ExampleModels, BertWithoutPostProcessorAddsNoSpecialTokens) {
  const auto tokenizer = load_tokenizer(kExamples / "bert-sst2-5m");
  EXPECT_EQ(tokenizer->vocab_size(), 8192u);
  const SpecialTokens& special = tokenizer->special();
  EXPECT_EQ(special.pad, TokenId{0});
  EXPECT_EQ(special.unk, TokenId{1});
  EXPECT_EQ(special.cls, TokenId{2});
  EXPECT_EQ(special.sep, TokenId{3});
  EXPECT_EQ(special.mask, TokenId{4});
  // The first sentence of the golden outputs.
  const Encoding encoding = tokenizer->encode("it 's a charming and often affecting journey . ");
  EXPECT_EQ(encoding.ids, (Ids{211, 10, 57, 39, 3060, 185, 1230, 2817, 190, 2545, 17}));
  EXPECT_EQ(encoding.types, Ids(encoding.ids.size(), 0));
}

}  // namespace
}  // namespace zerocl::test
