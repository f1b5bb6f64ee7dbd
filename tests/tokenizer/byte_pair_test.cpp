#include "engine/tokenizer/byte_pair.h"

#include <random>

#include "engine/tokenizer/byte_level.h"
#include "engine/tokenizer/gpt2_split.h"
#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = gpt2_word_end(text, begin, unicode::table());
    EXPECT_GT(end, begin);
    if (end <= begin) break;
    result.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return result;
}

using Words = std::vector<std::string>;

TEST(Gpt2Split, FollowsThePattern) {
  EXPECT_EQ(words("Hello world 12!"), (Words{"Hello", " world", " 12", "!"}));
  EXPECT_EQ(words("I'll don't 'sX 'LL"), (Words{"I", "'ll", " don", "'t", " '", "sX", " '", "LL"}));
  EXPECT_EQ(words("''s'l"), (Words{"''", "s", "'", "l"}));
  EXPECT_EQ(words("'store'ver"), (Words{"'s", "tore", "'ve", "r"}));
  EXPECT_EQ(words("a   b"), (Words{"a", "  ", " b"}));
  EXPECT_EQ(words("a  "), (Words{"a", "  "}));
  EXPECT_EQ(words("\n\nb"), (Words{"\n", "\n", "b"}));
  EXPECT_EQ(words(" \u3000x"), (Words{" ", "\u3000", "x"}));
  EXPECT_EQ(words("\u00E9\u0301t\u2162\u00BD"), (Words{"\u00E9", "\u0301", "t", "\u2162\u00BD"}));
  EXPECT_EQ(words(""), Words{});
}

TEST(ByteLevel, AlphabetIsOneToOne) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string& character = byte_level_alphabet()[static_cast<std::size_t>(byte)];
    EXPECT_EQ(byte_level_bytes(character), std::string(1, static_cast<char>(byte)));
  }
  EXPECT_EQ(byte_level_alphabet()[' '], "\u0120");
  EXPECT_EQ(byte_level_bytes("a b"), std::nullopt);  // a space stands for no byte
  EXPECT_EQ(byte_level_bytes("\u4E2D"), std::nullopt);
}

TEST(BytePair, MergesBySmallestRankLeftmostFirst) {
  const auto tokenizer = tokenizer_of_json(byte_pair_json());
  EXPECT_EQ(tokenizer->encode("ab").ids, (Ids{2}));
  EXPECT_EQ(tokenizer->encode("ababab").ids, (Ids{7, 2}));
  EXPECT_EQ(tokenizer->encode(" ab").ids, (Ids{3, 2}));  // "ab" merges before " a"
  EXPECT_EQ(tokenizer->encode("\u00E9").ids, (Ids{5, 6}));
  EXPECT_EQ(tokenizer->encode("aza").ids, (Ids{0, 0}));  // z has no token and no unknown token
}

TEST(BytePair, UnknownBytes) {
  auto json = byte_pair_json();
  json["model"]["unk_token"] = "b";
  EXPECT_EQ(tokenizer_of_json(json)->encode("azzab").ids,
            (Ids{2, 1, 2}));  // the unknown token is b here
  json["model"]["fuse_unk"] = true;
  EXPECT_EQ(tokenizer_of_json(json)->encode("azzab").ids, (Ids{7}));
}

TEST(BytePair, IgnoreMergesTakesWholeWords) {
  auto json = byte_pair_json();
  json["model"]["merges"] = nlohmann::json::array();
  const auto merging = tokenizer_of_json(json);
  EXPECT_EQ(merging->encode("ab").ids, (Ids{0, 1}));
  EXPECT_EQ(merging->encode("ab").ids, (Ids{0, 1}));  // the second time it is remembered
  json["model"]["ignore_merges"] = true;
  EXPECT_EQ(tokenizer_of_json(json)->encode("ab").ids, (Ids{2}));
}

TEST(BytePair, PrefixSpaceIsAddedToEachPiece) {
  auto json = byte_pair_json();
  json["pre_tokenizer"]["add_prefix_space"] = true;
  json["added_tokens"] = {added_token_json(8, "<t>")};
  const auto tokenizer = tokenizer_of_json(json);
  EXPECT_EQ(tokenizer->encode("a<t>a").ids, (Ids{4, 8, 4}));
  EXPECT_EQ(tokenizer->encode(" a").ids, (Ids{4}));
}

// Words of up to 32 symbols merge by search, longer ones with a heap: both by the same definition.
TEST(BytePair, LongWordsMergeAsShortOnesDo) {
  std::mt19937 random(7);
  MergeTable table;
  TokenId next = 3;
  std::vector<TokenId> known{0, 1, 2};
  for (std::uint32_t rank = 0; rank < 60; ++rank) {
    const TokenId left = known[random() % known.size()];
    const TokenId right = known[random() % known.size()];
    if (table.find(left, right)) continue;
    table.insert(left, right, {rank, next});
    known.push_back(next++);
  }
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<TokenId> word(1 + random() % 80);
    for (TokenId& symbol : word) symbol = static_cast<TokenId>(random() % 3);
    // The definition, step by step.
    std::vector<TokenId> expected = word;
    while (true) {
      std::optional<MergeTable::Rule> best;
      std::size_t where = 0;
      for (std::size_t i = 0; i + 1 < expected.size(); ++i) {
        const auto rule = table.find(expected[i], expected[i + 1]);
        if (rule && (!best || rule->rank < best->rank)) {
          best = rule;
          where = i;
        }
      }
      if (!best) break;
      expected[where] = best->merged;
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(where) + 1);
    }
    std::vector<TokenId> merged{-7};  // what stands before `from` stays
    merged.insert(merged.end(), word.begin(), word.end());
    table.merge(merged, 1);
    expected.insert(expected.begin(), -7);
    EXPECT_EQ(merged, expected) << "length " << word.size();
  }
}

TEST(BytePair, OneWordOfMegabytesIsEncodedInNoQuadraticTime) {
  const auto tokenizer = tokenizer_of_json(byte_pair_json());
  std::string word;
  for (int i = 0; i < 2000000; ++i) word += "ab";
  EXPECT_EQ(tokenizer->encode(word).ids, Ids(1000000, 7));
  EXPECT_EQ(tokenizer->encode(std::string(4000000, 'a')).ids, Ids(4000000, 0));
}

}  // namespace
}  // namespace zerocl::test
