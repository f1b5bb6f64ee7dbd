#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/tokenizer/byte_trie.h"
#include "engine/tokenizer/string_table.h"
#include "engine/tokenizer/vocabulary.h"
#include "tests/checkpoint/expect_error.h"

namespace zerocl::test {
namespace {

std::string random_word(std::mt19937& random) {
  std::string word(1 + random() % 20, '\0');
  for (char& c : word) c = static_cast<char>("ab\0\xFF"[random() % 4]);
  return word;
}

TEST(StringTable, FindsWhatWasInserted) {
  std::mt19937 random(1);
  StringTable table;
  std::map<std::string, std::int32_t> expected;
  for (std::int32_t i = 0; i < 20000; ++i) {
    const std::string word = random_word(random);
    EXPECT_EQ(table.insert(word, i), expected.count(word) == 0);
    expected[word] = i;
  }
  EXPECT_EQ(table.size(), expected.size());
  for (const auto& [word, value] : expected) EXPECT_EQ(table.find(word), value);
  for (int i = 0; i < 20000; ++i) {
    const std::string word = random_word(random);
    EXPECT_EQ(table.find(word), expected.count(word) ? expected[word] : -1);
  }
  EXPECT_EQ(table.find(""), -1);
  table.insert("", 5);
  EXPECT_EQ(table.find({}), 5);
}

TEST(ByteTrie, FindsTheLongestPrefix) {
  std::mt19937 random(2);
  ByteTrie trie;
  EXPECT_TRUE(trie.empty());
  std::map<std::string, std::int32_t> expected;
  for (std::int32_t i = 0; i < 500; ++i) {
    const std::string word = random_word(random).substr(0, 6);
    trie.insert(word, i);
    expected[word] = i;
  }
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random_word(random);
    ByteTrie::Match best;
    for (std::size_t length = 1; length <= text.size(); ++length) {
      const auto found = expected.find(text.substr(0, length));
      if (found != expected.end()) best = {found->second, length};
    }
    const ByteTrie::Match match = trie.longest_prefix(text);
    EXPECT_EQ(match.value, best.value);
    EXPECT_EQ(match.length, best.length);
  }
}

TEST(ByteTrie, SearchesBelowAPrefix) {
  ByteTrie trie;
  trie.insert("##a", 1);
  trie.insert("##ab", 2);
  trie.insert("abc", 3);
  const ByteTrie::Node below = trie.find("##");
  EXPECT_EQ(trie.longest_prefix("abc", below).value, 2);
  EXPECT_EQ(trie.longest_prefix("abc").value, 3);
  EXPECT_EQ(trie.find("#a"), ByteTrie::kNone);
  EXPECT_FALSE(trie.can_start_with('b'));
}

TEST(Vocabulary, RefusesWhatIsNotOneToOne) {
  Vocabulary vocabulary;
  vocabulary.add("a", 3, 10);
  expect_error([&] { vocabulary.add("b", 3, 10); }, {"\"b\"", "3", "\"a\""});
  expect_error([&] { vocabulary.add("a", 4, 10); }, {"\"a\"", "4"});
  expect_error([&] { vocabulary.add("c", 10, 10); }, {"\"c\"", "10", "out of range"});
  expect_error([&] { vocabulary.add("c", -1, 10); }, {"out of range"});
  EXPECT_EQ(vocabulary.find("a"), 3);
  EXPECT_EQ(vocabulary.find("b"), -1);
  EXPECT_EQ(vocabulary.id_limit(), 4u);
  EXPECT_EQ(vocabulary.token(2), nullptr);
  EXPECT_EQ(vocabulary.token(-1), nullptr);
  EXPECT_EQ(vocabulary.token(4), nullptr);
}

}  // namespace
}  // namespace zerocl::test
