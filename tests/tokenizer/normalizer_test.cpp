#include "engine/tokenizer/normalizer.h"

#include <gtest/gtest.h>

namespace zerocl::test {
namespace {

using Step = Normalizer::Step;

std::string apply(const Normalizer& normalizer, std::string_view text) {
  std::string out;
  normalizer.apply(text, out);
  return out;
}

TEST(Normalizer, BertUncased) {
  const Normalizer bert(Normalizer::bert_steps(true, true, true, true));
  EXPECT_EQ(apply(bert, "H\u00E9llo\tW\u00D6RLD\x01\x7F!"), "hello world!");
  EXPECT_EQ(apply(bert, "a\u4E2Db"), "a \u4E2D b");
  EXPECT_EQ(apply(bert, "\u0130\u03A3"), "i\u03C3");  // the dot is stripped before lower case
  EXPECT_EQ(apply(bert, ""), "");
}

TEST(Normalizer, EachStepCanBeLeftOut) {
  EXPECT_EQ(apply(Normalizer(Normalizer::bert_steps(false, true, true, true)), "A\x01\t"),
            "a\x01\t");
  EXPECT_EQ(apply(Normalizer(Normalizer::bert_steps(true, false, true, true)), "\u4E2D"), "\u4E2D");
  EXPECT_EQ(apply(Normalizer(Normalizer::bert_steps(true, true, false, true)), "\u00C9\u0130"),
            "\u00E9i\u0307");
  EXPECT_EQ(apply(Normalizer(Normalizer::bert_steps(true, true, true, false)), "\u00C9"), "E");
}

TEST(Normalizer, NoStepsChangeNothing) {
  EXPECT_TRUE(Normalizer().empty());
  EXPECT_EQ(apply(Normalizer(), "\u00C9\x01"), "\u00C9\x01");
}

// A control that is dropped must not hide an accent from the letter before it.
TEST(Normalizer, MarksMeetTheirLettersAcrossDroppedControls) {
  const Normalizer clean_first({Step::clean_text, Step::nfc});
  EXPECT_EQ(apply(clean_first, "xe\x01\u0301y"), "x\u00E9y");
  const Normalizer compose_first({Step::nfc, Step::clean_text});
  EXPECT_EQ(apply(compose_first, "xe\x01\u0301y"), "xe\u0301y");
}

TEST(Normalizer, MarksDoNotPassLetters) {
  const Normalizer nfc({Step::nfc});
  EXPECT_EQ(apply(nfc, "a\u0301b\u0323\u0302c"), "\u00E1\u1E05\u0302c");
}

}  // namespace
}  // namespace zerocl::test
