#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What Hugging Face tokenizers know about characters. Their tables are of several Unicode versions
// at once, so these come from the library itself (generate_unicode_tables.py) and not from the
// installed Unicode library: the ids must not depend on what a distribution packages.
namespace zerocl::unicode {

enum Class : std::uint8_t {
  kLetter = 1,           // \p{L} of GPT-2's pattern
  kNumber = 2,           // \p{N} of the same
  kSpace = 4,            // White_Space
  kPunctuation = 8,      // what BERT splits off: category P and all ASCII symbols
  kNonspacingMark = 16,  // category Mn, what strip_accents removes
  kRemoved = 32,         // what clean_text removes: controls, formats, private use, U+FFFD
  kWord = 64,            // \w, for added tokens with single_word
  kInert = 128,          // takes no part in the library's normal forms, whatever newer Unicode says
};

inline constexpr char32_t kReplacement = 0xFFFD;
inline constexpr char32_t kLimit = 0x110000;

// Class flags and lower case of every code point, in two stages of 256 code points a block.
class Table {
 public:
  Table();
  // c < kLimit
  std::uint8_t classes(char32_t c) const { return classes_[block_[c >> 8] * 256u + (c & 255)]; }
  bool is(char32_t c, unsigned flags) const { return (classes(c) & flags) != 0; }
  // Lower case, or c itself. U+0130, the one character with two code points, gives 'i': the caller
  // appends U+0307 (kDotAbove).
  char32_t lowercase(char32_t c) const {
    const std::uint16_t block = lower_block_[c >> 8];
    return block == 0 ? c
                      : c + static_cast<char32_t>(lower_delta_[(block - 1u) * 256u + (c & 255)]);
  }

 private:
  std::array<std::uint16_t, kLimit / 256> block_{};
  std::vector<std::uint8_t> classes_;
  std::array<std::uint16_t, kLimit / 256> lower_block_{};  // 0: nothing changes there
  std::vector<std::int32_t> lower_delta_;
};

inline constexpr char32_t kCapitalIWithDot = 0x130;
inline constexpr char32_t kDotAbove = 0x307;

// The one table, built on first use (about 1 ms), immutable.
const Table& table();

}  // namespace zerocl::unicode
