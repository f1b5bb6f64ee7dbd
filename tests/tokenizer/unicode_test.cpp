#include "engine/tokenizer/unicode.h"

#include <gtest/gtest.h>

#include "engine/tokenizer/normal_form.h"
#include "engine/tokenizer/utf8.h"

namespace zerocl::test {
namespace {

std::string replaced(std::string_view bytes) {
  std::string out;
  utf8::append_replacing_invalid(bytes, out);
  return out;
}

TEST(Utf8, EveryCharacterSurvives) {
  for (char32_t c = 0; c < unicode::kLimit; ++c) {
    if (c == 0xD800) c = 0xE000;  // surrogates are no characters
    std::string text;
    utf8::append(c, text);
    ASSERT_TRUE(utf8::is_valid(text)) << static_cast<std::uint32_t>(c);
    ASSERT_EQ(text.size(), utf8::length_of(text[0]));
    std::size_t at = 0;
    ASSERT_EQ(utf8::next(text, at), c);
    ASSERT_EQ(at, text.size());
    ASSERT_EQ(utf8::previous("a" + text, text.size() + 1), c);
  }
}

// Expected as Python's bytes.decode('utf-8', 'replace') gives them.
TEST(Utf8, MaximalInvalidPartsAreReplaced) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(replaced("a\x80z"), "a" + r + "z");
  EXPECT_EQ(replaced("\xC0\xAF"), r + r);                  // overlong
  EXPECT_EQ(replaced("\xE0\x80\xAF"), r + r + r);          // overlong
  EXPECT_EQ(replaced("\xED\xA0\x80"), r + r + r);          // surrogate
  EXPECT_EQ(replaced("\xF4\x90\x80\x80"), r + r + r + r);  // above U+10FFFF
  EXPECT_EQ(replaced("\xE2\x82"), r);                      // cut short
  EXPECT_EQ(replaced("\xE2\x82z"), r + "z");
  EXPECT_EQ(replaced("\xF0\x9F\x98\xF0\x9F\x98\x80"), r + "\xF0\x9F\x98\x80");
  EXPECT_EQ(replaced("\xFF\xFE"), r + r);
}

TEST(Utf8, PrintableIsSafeToShow) {
  EXPECT_EQ(utf8::printable("a\n\x1B[1m\u00E9\xFF", 100), "a\uFFFD\uFFFD[1m\u00E9\uFFFD");
  EXPECT_EQ(utf8::printable("abcdef", 4), "ab ... ef");
}

TEST(UnicodeTable, ClassesAreThoseOfTheLibrary) {
  const unicode::Table& table = unicode::table();
  EXPECT_TRUE(table.is(U'a', unicode::kLetter));
  EXPECT_TRUE(table.is(U'7', unicode::kNumber));
  EXPECT_TRUE(table.is(0x2162, unicode::kNumber));  // roman three
  EXPECT_TRUE(table.is(U'_', unicode::kPunctuation));
  EXPECT_TRUE(table.is(U'$', unicode::kPunctuation));     // an ASCII symbol
  EXPECT_FALSE(table.is(0x20AC, unicode::kPunctuation));  // the euro sign is none
  EXPECT_TRUE(table.is(0x3000, unicode::kSpace));
  EXPECT_FALSE(table.is(0x200B, unicode::kSpace));  // zero width space: a format character
  EXPECT_TRUE(table.is(0x200B, unicode::kRemoved));
  EXPECT_TRUE(table.is(unicode::kReplacement, unicode::kRemoved));
  EXPECT_FALSE(table.is(0x378, unicode::kRemoved));  // unassigned characters stay
  EXPECT_TRUE(table.is(0x301, unicode::kNonspacingMark));
  EXPECT_TRUE(table.is(0x105C9, unicode::kInert));        // of Unicode 16
  EXPECT_EQ(table.classes(0x10FFFD), unicode::kRemoved);  // private use
  EXPECT_EQ(table.classes(0xD800), 0);
}

TEST(UnicodeTable, LowerCase) {
  const unicode::Table& table = unicode::table();
  EXPECT_EQ(table.lowercase(U'A'), U'a');
  EXPECT_EQ(table.lowercase(U'a'), U'a');
  EXPECT_EQ(table.lowercase(0x3A3), 0x3C3u);    // sigma, never the final one
  EXPECT_EQ(table.lowercase(0x1E9E), 0xDFu);    // sharp s
  EXPECT_EQ(table.lowercase(0x130), U'i');      // and U+0307, the caller's
  EXPECT_EQ(table.lowercase(0x13A0), 0xAB70u);  // Cherokee goes up
  EXPECT_EQ(table.lowercase(0x101), 0x101u);    // every other one of Latin Extended-A
  EXPECT_EQ(table.lowercase(0x10FFFF), 0x10FFFFu);
}

std::u32string normal(std::u32string text, NormalForm form) {
  normalize(text, form);
  return text;
}

TEST(NormalForm, ComposesAndDecomposes) {
  EXPECT_EQ(normal(U"\u00E9", NormalForm::nfd), U"e\u0301");
  EXPECT_EQ(normal(U"e\u0301", NormalForm::nfc), U"\u00E9");
  EXPECT_EQ(normal(U"a\u0301\u0323", NormalForm::nfd), U"a\u0323\u0301");  // ordered
  EXPECT_EQ(normal(U"\uAC01", NormalForm::nfd), U"\u1100\u1161\u11A8");
  EXPECT_EQ(normal(U"\u1100\u1161\u11A8", NormalForm::nfc), U"\uAC01");
  EXPECT_EQ(normal(U"\uFB01\u00BD", NormalForm::nfkc), U"fi1\u20442");
  EXPECT_EQ(normal(U"\u0958", NormalForm::nfc), U"\u0915\u093C");  // excluded from composition
  EXPECT_EQ(normal(U"\uFDFA", NormalForm::nfkd).size(), 18u);
}

TEST(NormalForm, CharactersThatTheLibraryDoesNotKnowStayAsTheyAre) {
  // U+0897 has combining class 230 since Unicode 16, U+0323 has 220.
  EXPECT_EQ(normal(U"a\u0897\u0323", NormalForm::nfd), U"a\u0897\u0323");
  EXPECT_EQ(normal(U"\U000105C9", NormalForm::nfd), U"\U000105C9");
  EXPECT_EQ(normal(U"\U000105D2\u0307", NormalForm::nfc), U"\U000105D2\u0307");
}

TEST(NormalForm, EndlessMarksTakeNoQuadraticTime) {
  std::u32string text = U"a";
  for (int i = 0; i < 500000; ++i) text += {0x301, 0x323};
  const std::u32string sorted = normal(text, NormalForm::nfd);
  ASSERT_EQ(sorted.size(), text.size());
  EXPECT_EQ(sorted[500000], 0x323u);
  EXPECT_EQ(sorted[500001], 0x301u);
}

}  // namespace
}  // namespace zerocl::test
