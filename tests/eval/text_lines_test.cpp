#include "engine/eval/text_lines.h"

#include <gtest/gtest.h>

namespace zerocl {
namespace {

using Lines = std::vector<std::string>;

TEST(TextLines, BothKindsOfLineEnds) {
  EXPECT_EQ(split_lines("a\nb\r\nc"), (Lines{"a", "b", "c"}));
  EXPECT_EQ(split_lines("a\n"), (Lines{"a"}));
  EXPECT_EQ(split_lines("a\r"), (Lines{"a"}));
}

TEST(TextLines, EmptyLinesAreLines) {
  EXPECT_EQ(split_lines(""), Lines{});
  EXPECT_EQ(split_lines("\n"), (Lines{""}));
  EXPECT_EQ(split_lines("a\n\n\nb\n\n"), (Lines{"a", "", "", "b", ""}));
}

TEST(TextLines, OnlyTheFirstByteOrderMarkIsNone) {
  EXPECT_EQ(split_lines("\xef\xbb\xbf"
                        "a\n\xef\xbb\xbf"
                        "b"),
            (Lines{"a",
                   "\xef\xbb\xbf"
                   "b"}));
}

TEST(TextLines, OtherControlCharactersStay) {
  using namespace std::string_literals;
  EXPECT_EQ(split_lines("a\0b\x0c\x1e\rc\n"s), (Lines{"a\0b\x0c\x1e\rc"s}));
}

TEST(TextLines, Split) {
  EXPECT_EQ(split("a\t\tb\t", '\t'), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(split("", '\t'), (std::vector<std::string_view>{""}));
}

}  // namespace
}  // namespace zerocl
