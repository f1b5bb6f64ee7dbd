#include <chrono>

#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

// word_piece_json with one added token of these flags, id 10.
std::unique_ptr<Tokenizer> with_token(const std::string& content,
                                      const std::vector<std::string>& flags) {
  auto json = word_piece_json();
  auto token = added_token_json(10, content);
  for (const std::string& flag : flags) token[flag] = true;
  json["added_tokens"] = {token};
  return tokenizer_of_json(json);
}

TEST(AddedTokens, AreFoundInsideWords) {
  const auto tokenizer = with_token("<t>", {});
  EXPECT_EQ(tokenizer->encode("a<t>ab<t><t>").ids, (Ids{1, 10, 3, 10, 10}));
  EXPECT_EQ(tokenizer->encode("<T>").ids, (Ids{7, 0, 8}));  // not once normalized
}

TEST(AddedTokens, TheLeftmostAndLongestCounts) {
  auto json = word_piece_json();
  json["added_tokens"] = {added_token_json(10, "[a"), added_token_json(11, "[a]["),
                          added_token_json(12, "][")};
  const auto tokenizer = tokenizer_of_json(json);
  EXPECT_EQ(tokenizer->encode("[a][a").ids, (Ids{11, 1}));
  EXPECT_EQ(tokenizer->encode("[a]a").ids, (Ids{10, 0, 1}));
}

TEST(AddedTokens, TokenOfTheVocabularyKeepsItsId) {
  auto json = word_piece_json();
  json["added_tokens"] = {added_token_json(6, "<x>")};
  const auto tokenizer = tokenizer_of_json(json);
  EXPECT_EQ(tokenizer->encode("a<x>").ids, (Ids{1, 6}));
  EXPECT_EQ(tokenizer_of_json(word_piece_json())->encode("a<x>").ids, (Ids{1, 7, 9, 8}));
}

TEST(AddedTokens, StripSwallowsWhiteSpace) {
  // Without BertPreTokenizer white space is seen.
  auto json = word_piece_json();
  json["pre_tokenizer"] = nullptr;
  json["model"]["vocab"][" "] = 10;
  auto token = added_token_json(11, "<t>");
  token["lstrip"] = true;
  json["added_tokens"] = {token};
  EXPECT_EQ(tokenizer_of_json(json)->encode("a \u3000<t> ").ids, (Ids{1, 11, 10}));
  token["lstrip"] = false;
  token["rstrip"] = true;
  json["added_tokens"] = {token};
  EXPECT_EQ(tokenizer_of_json(json)->encode(" <t> \t\u2003 a").ids, (Ids{10, 11, 1}));
}

TEST(AddedTokens, SingleWord) {
  const auto tokenizer = with_token("aba", {"single_word"});
  EXPECT_EQ(tokenizer->encode("aba aba! abab (aba)").ids, (Ids{10, 10, 5, 0, 0, 10, 0}));
  EXPECT_EQ(tokenizer
                ->encode("\u00E9"
                         "aba")
                .ids,
            (Ids{0}));
}

TEST(AddedTokens, NormalizedTokensMatchNormalizedText) {
  const auto tokenizer = with_token("\u00C9x!", {"normalized"});
  EXPECT_EQ(tokenizer->encode("a E\u0301X!a ex!").ids, (Ids{1, 10, 1, 10}));
  EXPECT_EQ(tokenizer->decode(Ids{10}, false), "ex!");  // as Hugging Face decodes it
  EXPECT_EQ(tokenizer->token(10), "\u00C9x!");
}

TEST(AddedTokens, SpecialOnesAreSkippedInDecoding) {
  const auto tokenizer = with_token("<t>", {});
  EXPECT_TRUE(tokenizer->is_special(10));
  EXPECT_FALSE(tokenizer->is_special(1));
  EXPECT_EQ(tokenizer->decode(Ids{1, 10, 3}), "a ab");
  EXPECT_EQ(tokenizer->decode(Ids{1, 10, 3}, false), "a <t> ab");
  EXPECT_EQ(tokenizer->id("<t>"), TokenId{10});
  EXPECT_EQ(tokenizer->vocab_size(), 11u);
}

// A token of white space that strips: each match would measure the same white space again.
TEST(AddedTokens, HostileWhiteSpaceTakesNoQuadraticTime) {
  auto json = word_piece_json();
  auto token = added_token_json(10, " ");
  token["rstrip"] = true;
  token["lstrip"] = true;
  json["added_tokens"] = {token};
  EXPECT_EQ(tokenizer_of_json(json)->encode(std::string(2000000, ' ')).ids.size(), 2000000u);
}

}  // namespace
}  // namespace zerocl::test
