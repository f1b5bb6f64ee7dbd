#include "engine/tokenizer/word_piece.h"

#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

TEST(WordPiece, LongestTokensFirst) {
  const auto tokenizer = tokenizer_of_json(word_piece_json());
  EXPECT_EQ(tokenizer->encode("a abc ABB").ids, (Ids{1, 3, 4, 3, 2}));
  EXPECT_EQ(tokenizer->encode("abx ab").ids, (Ids{0, 3}));  // a word is known as a whole or not
  EXPECT_EQ(tokenizer->encode("a!!b").ids, (Ids{1, 5, 5, 0}));
  EXPECT_EQ(tokenizer->encode("").ids, Ids{});
  EXPECT_EQ(tokenizer->encode(" \t\n").ids, Ids{});
}

TEST(WordPiece, WordsOfMoreThan100CharactersAreUnknown) {
  const auto tokenizer = tokenizer_of_json(word_piece_json());
  Ids ids(100, 2);
  ids[0] = 3;
  ids.pop_back();
  EXPECT_EQ(tokenizer->encode("a" + std::string(99, 'b')).ids, ids);
  EXPECT_EQ(tokenizer->encode("a" + std::string(100, 'b')).ids, (Ids{0}));
}

TEST(WordPiece, WithoutPreTokenizerAPieceIsAWord) {
  auto json = word_piece_json();
  json["pre_tokenizer"] = nullptr;
  EXPECT_EQ(tokenizer_of_json(json)->encode("ab!").ids, (Ids{0}));
  json["model"]["vocab"]["##!"] = 10;
  EXPECT_EQ(tokenizer_of_json(json)->encode("ab!").ids, (Ids{3, 10}));
}

TEST(WordPiece, OldFilesNameNoModelType) {
  auto json = word_piece_json();
  json["model"].erase("type");
  EXPECT_EQ(tokenizer_of_json(json)->encode("abc").ids, (Ids{3, 4}));
}

// In vocab.txt the last of equal lines counts, as for Hugging Face; \r\n ends lines as well.
TEST(WordPiece, LinesOfVocabTxt) {
  const auto tokenizer = tokenizer_of({{"vocab.txt", "[UNK]\r\n[CLS]\n[SEP]\na\nb\na"}});
  EXPECT_EQ(tokenizer->encode("a b").ids, (Ids{1, 5, 4, 2}));
  EXPECT_EQ(tokenizer->vocab_size(), 6u);
}

TEST(WordPiece, HostileWordsTakeNoQuadraticTime) {
  auto json = word_piece_json();
  json["model"]["max_input_chars_per_word"] = 1000000000;
  const auto tokenizer = tokenizer_of_json(json);
  EXPECT_EQ(tokenizer->encode("a" + std::string(4000000, 'b')).ids.size(), 4000000u);
  EXPECT_EQ(tokenizer->encode(std::string(4000000, 'b')).ids, (Ids{0}));
}

TEST(WordPiece, InvalidUtf8IsRemovedLikeTheReplacementCharacter) {
  const auto tokenizer = tokenizer_of_json(word_piece_json());
  EXPECT_EQ(tokenizer
                ->encode("a\xFF"
                         "b a\xE2\x82")
                .ids,
            (Ids{3, 1}));
}

}  // namespace
}  // namespace zerocl::test
