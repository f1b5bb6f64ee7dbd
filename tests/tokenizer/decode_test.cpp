#include "engine/tokenizer/pipeline.h"
#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

TEST(Decode, WordPieceJoinsAndTidies) {
  const TokenDecoder decoder{TokenDecoder::Kind::word_piece, "##", true};
  EXPECT_EQ(decoder.decode("##ab", true), "##ab");  // nothing to continue
  EXPECT_EQ(decoder.decode("##ab", false), "ab");
  EXPECT_EQ(decoder.decode("ab", false), " ab");
  EXPECT_EQ(decoder.decode("!", false), "!");
  EXPECT_EQ(decoder.decode("n't", false), "n't");
  const TokenDecoder plain{TokenDecoder::Kind::word_piece, "##", false};
  EXPECT_EQ(plain.decode("!", false), " !");
}

TEST(Decode, ByteLevelBytesAreOneText) {
  const auto tokenizer = tokenizer_of_json(byte_pair_json());
  EXPECT_EQ(tokenizer->decode(Ids{4, 5, 6, 2}), " a\u00E9ab");
  EXPECT_EQ(tokenizer->decode(Ids{5}), "\uFFFD");      // half a character
  EXPECT_EQ(tokenizer->decode(Ids{6, 0}), "\uFFFDa");  // the other half
}

TEST(Decode, IdsWithoutTokenGiveNothing) {
  const auto tokenizer = tokenizer_of_json(byte_pair_json());
  EXPECT_EQ(tokenizer->decode(Ids{0, 999, -1, 1}), "ab");
  EXPECT_EQ(tokenizer->token(999), std::nullopt);
  EXPECT_EQ(tokenizer->decode_token(-5, true), "");
}

TEST(Decode, NullDecoderSeparatesTokens) {
  auto json = word_piece_json();
  json["decoder"] = nullptr;
  EXPECT_EQ(tokenizer_of_json(json)->decode(Ids{1, 2, 3}), "a ##b ab");
}

TEST(StreamDecoder, HoldsBackIncompleteCharacters) {
  const auto tokenizer = tokenizer_of_json(byte_pair_json());
  StreamDecoder stream(*tokenizer);
  EXPECT_EQ(stream.push(4), " a");
  EXPECT_EQ(stream.push(5), "");
  EXPECT_EQ(stream.push(6), "\u00E9");
  EXPECT_EQ(stream.push(5), "");
  EXPECT_EQ(stream.push(0), "\uFFFDa");
  EXPECT_EQ(stream.push(5), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.finish(), "");
}

TEST(StreamDecoder, SkipsSpecialTokensAndStartsAnew) {
  auto json = word_piece_json();
  json["added_tokens"] = {added_token_json(10, "[CLS]")};
  const auto tokenizer = tokenizer_of_json(json);
  StreamDecoder stream(*tokenizer);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(stream.push(10), "");
    EXPECT_EQ(stream.push(1), "a");  // the first text: no space before it
    EXPECT_EQ(stream.push(3), " ab");
    EXPECT_EQ(stream.push(12345), "");
    EXPECT_EQ(stream.finish(), "");
  }
  StreamDecoder all(*tokenizer, false);
  EXPECT_EQ(all.push(10), "[CLS]");
  EXPECT_EQ(all.push(1), " a");
}

// Emoji, marks and half characters, cut anywhere: the pieces make up the whole.
TEST(StreamDecoder, GivesWhatDecodeGives) {
  const auto tokenizer =
      load_tokenizer(std::filesystem::path(ZEROCL_SOURCE_DIR) / "examples" / "gpt2-novels-4m");
  Ids ids = tokenizer->encode("na\u00EFve \U0001F600\u0301 caf\u00E9 \xE2\x82 end").ids;
  for (std::size_t cut = 0; cut <= ids.size(); ++cut) {
    const Ids part(ids.begin() + static_cast<std::ptrdiff_t>(cut), ids.end());
    StreamDecoder stream(*tokenizer);
    std::string text;
    for (const TokenId id : part) text += stream.push(id);
    text += stream.finish();
    EXPECT_EQ(text, tokenizer->decode(part));
  }
}

}  // namespace
}  // namespace zerocl::test
