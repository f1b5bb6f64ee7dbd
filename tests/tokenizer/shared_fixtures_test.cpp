// Third-party conformance sets and hostile strings; skipped where they are not at hand.
#include <sstream>

#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

class SharedFixtures : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder_)) {
      GTEST_SKIP() << folder_ << " is absent (set ZEROCL_SHARED)";
    }
  }

  std::unique_ptr<Tokenizer> bert(const char* config) const {
    return tokenizer_of({{"vocab.txt", read_bytes(folder_ / "bert-base-uncased" / "vocab.txt")},
                         {"tokenizer_config.json", config}});
  }
  std::unique_ptr<Tokenizer> gpt2() const { return load_tokenizer(folder_ / "gpt2"); }
  nlohmann::json swift(const std::string& name) const {
    return read_test_json(folder_ / "swift-transformers-tests" / name);
  }

  void expect_hostile(const Tokenizer& tokenizer, const char* file) const {
    std::istringstream lines(read_bytes(folder_ / "hostile" / file));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      const auto json = nlohmann::json::parse(line);
      EXPECT_EQ(tokenizer.encode(json.at("text").get<std::string>()).ids, json.at("ids").get<Ids>())
          << json.at("text");
    }
    EXPECT_EQ(count, 864u);
  }

  // Texts of FILE.inp, separated by a marker, and their ids without special tokens, one text a
  // line, of FILE.out.
  void expect_llama_cpp(const Tokenizer& tokenizer, const std::string& name) const {
    const std::string marker = "\n__ggml_vocab_test__\n";
    const auto base = folder_ / "llama.cpp-vocab-tests" / name;
    std::string texts = read_bytes(base.string() + ".inp");
    std::istringstream answers(read_bytes(base.string() + ".out"));
    std::size_t count = 0;
    for (std::string line; std::getline(answers, line); ++count) {
      const std::size_t end = texts.find(marker);
      const std::string text = texts.substr(0, end);
      texts.erase(0, end == std::string::npos ? end : end + marker.size());
      std::istringstream numbers(line);
      const Ids ids{std::istream_iterator<TokenId>(numbers), {}};
      EXPECT_EQ(tokenizer.encode(text, false).ids, ids) << text;
    }
    EXPECT_EQ(count, 46u);
  }

  // What transformers 4 did to every decoded text; today it is off unless asked for.
  static std::string clean_up(std::string text) {
    const std::pair<std::string, std::string> rules[] = {
        {" .", "."},     {" ?", "?"},   {" !", "!"},   {" ,", ","},     {" ' ", "'"},
        {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (const auto& [from, to] : rules) {
      for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
        text.replace(at, from.size(), to);
        at += to.size();
      }
    }
    return text;
  }

  void expect_tokenizer_tests(const Tokenizer& tokenizer, const char* model) const {
    const auto cases = swift("tokenizer_tests.json").at(model);
    EXPECT_EQ(cases.size(), 18u);
    for (const auto& c : cases) {
      const Ids ids = tokenizer.encode(c.at("input").get<std::string>()).ids;
      EXPECT_EQ(ids, c.at("encoded").at("input_ids").get<Ids>()) << c.at("input");
      EXPECT_EQ(clean_up(tokenizer.decode(ids, false)),
                c.at("decoded_with_special").get<std::string>());
      EXPECT_EQ(clean_up(tokenizer.decode(ids, true)),
                c.at("decoded_without_special").get<std::string>());
    }
  }

  std::filesystem::path folder_ = shared_directory() / "tokenizers";
};

TEST_F(SharedFixtures, HostileStringsBertUncased) {
  expect_hostile(*bert("{}"), "bert-uncased.jsonl");
}

TEST_F(SharedFixtures, HostileStringsBertCased) {
  expect_hostile(*bert(R"({"do_lower_case": false, "strip_accents": false})"), "bert-cased.jsonl");
}

TEST_F(SharedFixtures, HostileStringsGpt2) {
  expect_hostile(*gpt2(), "gpt2.jsonl");
}

TEST_F(SharedFixtures, BertQuestions) {
  const auto tokenizer = bert("{}");
  const auto questions = swift("question_tokens.json");
  const auto ids = swift("tokenized_questions.json");
  ASSERT_EQ(questions.size(), 10570u);
  ASSERT_EQ(ids.size(), questions.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto text = questions[i].at("original").get<std::string>();
    const Ids mine = tokenizer->encode(text, false).ids;
    EXPECT_EQ(mine, ids[i].get<Ids>()) << text;
    const auto tokens = questions[i].at("wordpiece").get<std::vector<std::string>>();
    ASSERT_EQ(mine.size(), tokens.size());
    for (std::size_t t = 0; t < mine.size(); ++t) EXPECT_EQ(tokenizer->token(mine[t]), tokens[t]);
  }
}

// The words before WordPiece: a vocabulary of the words themselves gives each its id.
TEST_F(SharedFixtures, BertWordsOfTheQuestions) {
  const auto questions = swift("question_tokens.json");
  const auto words = swift("basic_tokenized_questions.json");
  ASSERT_EQ(words.size(), questions.size());
  std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\n";
  for (const auto& question : words) {
    for (const auto& word : question) vocabulary += word.get<std::string>() + "\n";
  }
  const auto tokenizer = tokenizer_of({{"vocab.txt", vocabulary}});
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::vector<std::string> mine;
    const auto text = questions[i].at("original").get<std::string>();
    for (const TokenId id : tokenizer->encode(text, false).ids) {
      mine.push_back(tokenizer->token(id).value());
    }
    EXPECT_EQ(mine, words[i].get<std::vector<std::string>>());
  }
}

TEST_F(SharedFixtures, EncodedTexts) {
  const auto uncased = swift("bert_uncased_encoded.json");
  EXPECT_EQ(bert("{}")->encode(uncased.at("text").get<std::string>()).ids,
            uncased.at("token_ids").get<Ids>());
  const auto gpt2_text = swift("gpt2_encoded_tokens.json");
  const auto tokenizer = gpt2();
  const auto ids = gpt2_text.at("token_ids").get<Ids>();
  EXPECT_EQ(tokenizer->encode(gpt2_text.at("text").get<std::string>()).ids, ids);
  EXPECT_EQ(tokenizer->decode(ids), gpt2_text.at("decoded_text").get<std::string>());
}

// There is no cased vocabulary: one of the text's own tokens must give them back in this order.
TEST_F(SharedFixtures, CasedTokens) {
  const auto cased = swift("distilbert_cased_encoded.json");
  const auto tokens = cased.at("bpe_tokens").get<std::vector<std::string>>();
  std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\n";
  for (const std::string& token : tokens) vocabulary += token + "\n";
  const auto tokenizer = tokenizer_of(
      {{"vocab.txt", vocabulary}, {"tokenizer_config.json", R"({"do_lower_case": false})"}});
  const Ids ids = tokenizer->encode(cased.at("text").get<std::string>()).ids;
  ASSERT_EQ(ids.size(), tokens.size() + 2);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    EXPECT_EQ(tokenizer->token(ids[i + 1]), tokens[i]);
  }
}

TEST_F(SharedFixtures, TokenizerTests) {
  expect_tokenizer_tests(*bert("{}"), "bert-base-uncased");
  expect_tokenizer_tests(*bert("{}"), "google-bert/bert-base-uncased");
  expect_tokenizer_tests(*gpt2(), "distilgpt2");
}

TEST_F(SharedFixtures, LlamaCppBert) {
  expect_llama_cpp(*bert("{}"), "ggml-vocab-bert-bge.gguf");
}

TEST_F(SharedFixtures, LlamaCppGpt2) {
  expect_llama_cpp(*gpt2(), "ggml-vocab-gpt-2.gguf");
}

}  // namespace
}  // namespace zerocl::test
