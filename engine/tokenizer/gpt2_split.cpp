#include "engine/tokenizer/gpt2_split.h"

#include "engine/tokenizer/utf8.h"

namespace zerocl {
namespace {

// \p{L}, \p{N}, \s and the rest: every character is in exactly one.
constexpr unsigned kKinds = unicode::kLetter | unicode::kNumber | unicode::kSpace;

// Length of 's 't 're 've 'm 'll 'd at the start of text, or 0.
std::size_t contraction(std::string_view text) {
  if (text.size() < 2 || text[0] != '\'') return 0;
  switch (text[1]) {
    case 's':
    case 't':
    case 'm':
    case 'd':
      return 2;
    case 'r':
    case 'v':
      return text.size() > 2 && text[2] == 'e' ? 3 : 0;
    case 'l':
      return text.size() > 2 && text[2] == 'l' ? 3 : 0;
    default:
      return 0;
  }
}

}  // namespace

std::size_t gpt2_word_end(std::string_view text, std::size_t begin,
                          const unicode::Table& characters) {
  if (const std::size_t length = contraction(text.substr(begin))) return begin + length;

  std::size_t at = begin;
  const char32_t first = utf8::next(text, at);
  unsigned kind = characters.classes(first) & kKinds;
  if (first == ' ' && at < text.size()) {
    std::size_t second_end = at;
    const unsigned second = characters.classes(utf8::next(text, second_end)) & kKinds;
    if (second != unicode::kSpace) {  // the space belongs to the word that follows
      kind = second;
      at = second_end;
    }
  }
  std::size_t last = begin;  // where the last character of the run begins
  std::size_t end = at;
  while (at < text.size()) {
    const std::size_t here = at;
    if ((characters.classes(utf8::next(text, at)) & kKinds) != kind) break;
    last = here;
    end = at;
  }
  // \s+(?!\S): before more text the run leaves its last character to the next word, unless it is
  // the only one (then \s+ takes it).
  const bool leaves_last = kind == unicode::kSpace && end < text.size() && last > begin;
  return leaves_last ? last : end;
}

}  // namespace zerocl
