// Real models beside the project; skipped where they are not at hand.
#include <sstream>

#include "tests/checkpoint/expect_error.h"
#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

class SharedModels : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(models_)) {
      GTEST_SKIP() << models_ << " is absent (set ZEROCL_SHARED)";
    }
  }
  std::filesystem::path models_ = shared_directory() / "models";
};

TEST_F(SharedModels, Gpt2PromptsHaveTheirGoldenIds) {
  for (const char* name : {"gpt2-novels-4m", "gpt2-novels-28m"}) {
    const auto tokenizer = load_tokenizer(models_ / name);
    const auto golden = read_test_json(models_ / name / "golden.json");
    ASSERT_FALSE(golden.at("greedy").empty());
    for (const auto& run : golden.at("greedy")) {
      EXPECT_EQ(tokenizer->encode(run.at("prompt").get<std::string>()).ids,
                run.at("ids").get<Ids>());
      EXPECT_EQ(tokenizer->decode(run.at("out").get<Ids>()), run.at("text").get<std::string>());
    }
  }
}

// Its tokenizer.json pads and truncates to 128.
TEST_F(SharedModels, MiniLmSentencesHaveTheirGoldenIds) {
  const auto tokenizer = load_tokenizer(models_ / "minilm-l6");
  const auto golden = read_test_json(models_ / "minilm-l6" / "golden.json");
  const auto sentences = golden.at("sentences").get<std::vector<std::string>>();
  ASSERT_EQ(sentences.size(), 32u);
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    EXPECT_EQ(tokenizer->encode(sentences[i]).ids, golden.at("ids").at(i).get<Ids>());
  }
  std::string long_text;
  for (int i = 0; i < 200; ++i) long_text += "word ";
  EXPECT_EQ(tokenizer->encode(long_text).ids.size(), 202u);
}

TEST_F(SharedModels, FirstSst2SentencesHaveTheirGoldenIds) {
  for (const char* name : {"bert-sst2-5m", "minilm-sst2"}) {
    const auto tokenizer = load_tokenizer(models_ / name);
    const auto golden = read_test_json(models_ / name / "golden.json").at("ids_first8");
    std::istringstream lines(
        read_bytes(shared_directory() / "eval" / "glue" / "SST-2" / "alps_test.tsv"));
    std::string line;
    std::getline(lines, line);  // the heading
    for (const auto& ids : golden) {
      ASSERT_TRUE(std::getline(lines, line));
      // minilm-sst2 has ids, mask, types for each sentence
      const auto& expected = ids.at(0).is_array() ? ids.at(0) : ids;
      EXPECT_EQ(tokenizer->encode(line.substr(0, line.find('\t'))).ids, expected.get<Ids>());
    }
  }
}

// A directory must give the same ids from tokenizer.json and from the older files beside it.
TEST_F(SharedModels, VocabularyFilesAgreeWithTokenizerJson) {
  const auto dir = models_ / "minilm-l6";
  const auto from_json = load_tokenizer(dir);
  const auto from_files =
      tokenizer_of({{"vocab.txt", read_bytes(dir / "vocab.txt")},
                    {"tokenizer_config.json", read_bytes(dir / "tokenizer_config.json")}});
  std::istringstream lines(
      read_bytes(shared_directory() / "tokenizers" / "hostile" / "bert-uncased.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto text = nlohmann::json::parse(line).at("text").get<std::string>();
    const Encoding a = from_json->encode_pair(text, "and this", true, 20);
    const Encoding b = from_files->encode_pair(text, "and this", true, 20);
    EXPECT_EQ(a.ids, b.ids);
    EXPECT_EQ(a.types, b.types);
  }
}

TEST_F(SharedModels, LlamaTokenizerIsRefusedByName) {
  expect_error([&] { load_tokenizer(models_ / "llama-tinystories-656K"); },
               {"tokenizer.json", "Prepend"});
}

}  // namespace
}  // namespace zerocl::test
