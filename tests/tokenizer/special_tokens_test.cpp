#include "tests/checkpoint/expect_error.h"
#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

constexpr const char* kVocabTxt = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n<c>\n<s>\n";

TEST(SpecialTokens, BertDefaults) {
  const auto tokenizer = tokenizer_of({{"vocab.txt", kVocabTxt}});
  const SpecialTokens& special = tokenizer->special();
  EXPECT_EQ(special.pad, TokenId{0});
  EXPECT_EQ(special.unk, TokenId{1});
  EXPECT_EQ(special.cls, TokenId{2});
  EXPECT_EQ(special.sep, TokenId{3});
  EXPECT_EQ(special.mask, TokenId{4});
  EXPECT_EQ(special.bos, std::nullopt);
  EXPECT_EQ(tokenizer->encode("a[MASK] <c>").ids, (Ids{2, 5, 4, 1, 1, 1, 3}));
}

TEST(SpecialTokens, NamesComeFromTheConfigurationThenTheMap) {
  const auto tokenizer = tokenizer_of(
      {{"vocab.txt", kVocabTxt},
       {"tokenizer_config.json", R"({"cls_token": {"content": "<c>", "lstrip": true}})"},
       {"special_tokens_map.json",
        R"({"cls_token": "[PAD]", "sep_token": "<s>", "additional_special_tokens": ["a"]})"}});
  EXPECT_EQ(tokenizer->special().cls, TokenId{6});
  EXPECT_EQ(tokenizer->special().sep, TokenId{7});
  EXPECT_EQ(tokenizer->encode("aa").ids, (Ids{6, 5, 5, 7}));
  EXPECT_TRUE(tokenizer->is_special(5));
}

TEST(SpecialTokens, CasesOfDoLowerCaseAndAccents) {
  const std::string vocab = std::string(kVocabTxt) + "A\n\u00E4\n\u00C4\n";
  const auto ids = [&](const char* config) {
    return tokenizer_of({{"vocab.txt", vocab}, {"tokenizer_config.json", config}})
        ->encode("A \u00C4", false)
        .ids;
  };
  EXPECT_EQ(ids("{}"), (Ids{5, 5}));
  EXPECT_EQ(ids(R"({"strip_accents": false})"), (Ids{5, 9}));
  EXPECT_EQ(ids(R"({"do_lower_case": false})"), (Ids{8, 10}));
  EXPECT_EQ(ids(R"({"do_lower_case": false, "strip_accents": true})"), (Ids{8, 8}));
}

TEST(SpecialTokens, AddedTokensOfTheDirectory) {
  const auto tokenizer =
      tokenizer_of({{"vocab.txt", kVocabTxt}, {"added_tokens.json", R"({"Z z": 9, "<new>": 8})"}});
  // Not special, so it is looked for in the lower-cased text.
  EXPECT_EQ(tokenizer->encode("<NEW>z Za", false).ids, (Ids{8, 9, 5}));
  const auto decoder =
      tokenizer_of({{"vocab.txt", kVocabTxt},
                    {"added_tokens.json", R"({"ignored": 100})"},
                    {"tokenizer_config.json",
                     R"({"added_tokens_decoder": {"8": {"content": "<new>", "special": true}}})"}});
  EXPECT_EQ(decoder->encode("<new>", false).ids, (Ids{8}));
  EXPECT_TRUE(decoder->is_special(8));
  expect_error(
      [&] {
        tokenizer_of({{"vocab.txt", kVocabTxt}, {"added_tokens.json", R"({"x": 9})"}});
      },
      {"\"x\"", "9", "8"});
}

const std::string kMerges = "#version: 0.2\na b\n";

TEST(SpecialTokens, Gpt2OrRoberta) {
  const std::string vocab =
      R"({"<s>": 0, "</s>": 1, "<mask>": 2, "<|endoftext|>": 3, "a": 4, "b": 5, "ab": 6, "Ġ": 7})";
  const std::string roberta = R"({"model_type": "roberta"})";
  const auto gpt2 = tokenizer_of({{"vocab.json", vocab}, {"merges.txt", kMerges}});
  EXPECT_EQ(gpt2->encode("ab<|endoftext|>").ids, (Ids{6, 3}));
  EXPECT_EQ(gpt2->special().bos, TokenId{3});
  const auto robert =
      tokenizer_of({{"vocab.json", vocab}, {"merges.txt", kMerges}, {"config.json", roberta}});
  EXPECT_EQ(robert->encode("ab <mask>").ids, (Ids{0, 6, 2, 1}));  // <mask> takes its space
  EXPECT_EQ(robert->special().bos, TokenId{0});
  // A vocabulary without RoBERTa's tokens is GPT-2's whatever the configuration says.
  const auto plain = tokenizer_of({{"vocab.json", R"({"a": 0, "b": 1, "ab": 2})"},
                                   {"merges.txt", kMerges},
                                   {"config.json", roberta}});
  EXPECT_EQ(plain->encode("ab").ids, (Ids{2}));
  EXPECT_EQ(plain->special().eos, std::nullopt);
}

TEST(SpecialTokens, Gpt2Options) {
  const std::string vocab = R"({"<|endoftext|>": 0, "a": 1, "b": 2, "ab": 3, "Ġ": 4})";
  const auto with = [&](const char* config) {
    return tokenizer_of(
        {{"vocab.json", vocab}, {"merges.txt", kMerges}, {"tokenizer_config.json", config}});
  };
  EXPECT_EQ(with(R"({"add_prefix_space": true})")->encode("ab").ids, (Ids{4, 3}));
  EXPECT_EQ(with(R"({"add_bos_token": true})")->encode("ab").ids, (Ids{0, 3}));
  expect_error([&] { with(R"({"add_bos_token": true, "bos_token": "<none>"})"); }, {"bos"});
}

TEST(SpecialTokens, RolesOfTokenizerJson) {
  auto json = word_piece_json();
  json["added_tokens"] = {added_token_json(10, "[CLS]"), added_token_json(11, "<stop>")};
  const auto conventional = tokenizer_of_json(json);
  EXPECT_EQ(conventional->special().cls, TokenId{10});
  EXPECT_EQ(conventional->special().eos, std::nullopt);
  const auto named = tokenizer_of(
      {{"tokenizer.json", json.dump()}, {"tokenizer_config.json", R"({"eos_token": "<stop>"})"}});
  EXPECT_EQ(named->special().eos, TokenId{11});
}

}  // namespace
}  // namespace zerocl::test
