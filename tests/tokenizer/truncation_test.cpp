#include "engine/tokenizer/post_processor.h"
#include "tests/checkpoint/expect_error.h"
#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

Ids count_from(TokenId first, std::size_t count) {
  Ids ids(count);
  for (std::size_t i = 0; i < count; ++i) ids[i] = first + static_cast<TokenId>(i);
  return ids;
}

// How many ids of texts of these lengths remain within max_length, without special tokens.
std::pair<std::size_t, std::size_t> kept(std::size_t a, std::size_t b, std::size_t max_length) {
  Ids second = count_from(200, b);
  const Encoding encoding = assemble(Template::plain(), count_from(100, a), &second, false,
                                     max_length, TruncationSide::right);
  std::size_t first_kept = 0;
  for (const TokenId id : encoding.ids) first_kept += id < 200 ? 1 : 0;
  return {first_kept, encoding.ids.size() - first_kept};
}

using Lengths = std::pair<std::size_t, std::size_t>;

// The table of Hugging Face's own test of longest_first (max_length 7).
TEST(Truncation, LongestFirst) {
  EXPECT_EQ(kept(0, 0, 7), Lengths(0, 0));
  EXPECT_EQ(kept(0, 2, 7), Lengths(0, 2));
  EXPECT_EQ(kept(0, 8, 7), Lengths(0, 7));
  EXPECT_EQ(kept(2, 2, 7), Lengths(2, 2));
  EXPECT_EQ(kept(2, 8, 7), Lengths(2, 5));
  EXPECT_EQ(kept(4, 4, 7), Lengths(3, 4));
  EXPECT_EQ(kept(4, 8, 7), Lengths(3, 4));
  EXPECT_EQ(kept(8, 0, 7), Lengths(7, 0));
  EXPECT_EQ(kept(8, 2, 7), Lengths(5, 2));
  EXPECT_EQ(kept(8, 4, 7), Lengths(4, 3));
  EXPECT_EQ(kept(8, 8, 7), Lengths(3, 4));
  EXPECT_EQ(kept(20, 20, 0), Lengths(20, 20));  // 0 is no limit
}

TEST(Truncation, SpecialTokensStay) {
  const Encoding encoding =
      assemble(Template::bert(1, 2), count_from(100, 9), nullptr, true, 5, TruncationSide::right);
  EXPECT_EQ(encoding.ids, (Ids{1, 100, 101, 102, 2}));
  const Encoding left =
      assemble(Template::bert(1, 2), count_from(100, 9), nullptr, true, 5, TruncationSide::left);
  EXPECT_EQ(left.ids, (Ids{1, 106, 107, 108, 2}));
  const Encoding none =
      assemble(Template::bert(1, 2), count_from(100, 9), nullptr, true, 2, TruncationSide::left);
  EXPECT_EQ(none.ids, (Ids{1, 2}));
}

TEST(Truncation, LessRoomThanSpecialTokensIsAnError) {
  try {
    assemble(Template::bert(1, 2), {}, nullptr, true, 1, TruncationSide::right);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("max_length 1"), std::string::npos);
  }
}

TEST(Template, Pairs) {
  Ids b{20};
  const Encoding bert =
      assemble(Template::bert(1, 2), {10, 11}, &b, true, 0, TruncationSide::right);
  EXPECT_EQ(bert.ids, (Ids{1, 10, 11, 2, 20, 2}));
  EXPECT_EQ(bert.types, (Ids{0, 0, 0, 0, 1, 1}));
  const Encoding roberta =
      assemble(Template::roberta(1, 2), {10, 11}, &b, true, 0, TruncationSide::right);
  EXPECT_EQ(roberta.ids, (Ids{1, 10, 11, 2, 2, 20, 2}));
  EXPECT_EQ(roberta.types, Ids(7, 0));
  const Encoding gpt2 =
      assemble(Template::bos_eos(1, std::nullopt), {10}, &b, true, 0, TruncationSide::right);
  EXPECT_EQ(gpt2.ids, (Ids{1, 10, 1, 20}));
  EXPECT_EQ(gpt2.types, (Ids{0, 0, 1, 1}));
  const Encoding bare =
      assemble(Template::roberta(1, 2), {10}, &b, false, 0, TruncationSide::right);
  EXPECT_EQ(bare.ids, (Ids{10, 20}));
  EXPECT_EQ(bare.types, (Ids{0, 0}));
}

TEST(Truncation, SideComesFromTheConfiguration) {
  auto json = word_piece_json();
  const auto left = tokenizer_of({{"tokenizer.json", json.dump()},
                                  {"tokenizer_config.json", R"({"truncation_side": "left"})"}});
  EXPECT_EQ(left->encode("a a !", true, 1).ids, (Ids{5}));
  EXPECT_EQ(tokenizer_of_json(json)->encode("a a !", true, 1).ids, (Ids{1}));
}

}  // namespace
}  // namespace zerocl::test
