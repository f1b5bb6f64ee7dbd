#include "engine/tokenizer/normal_form.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "engine/tokenizer/unicode.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr std::size_t kMaxSegment = std::size_t{1} << 28;  // utf8proc counts in signed sizes

// Combining class of a character that is not inert.
int order_of(char32_t c) {
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

void append_decomposed(char32_t c, utf8proc_option_t options, std::u32string& out) {
  if (c < 0x80) {
    out.push_back(c);
    return;
  }
  // The longest decomposition of one character (U+FDFA) has 18 code points.
  std::array<utf8proc_int32_t, 32> parts{};
  int boundary_class = 0;
  const utf8proc_ssize_t count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
      options, &boundary_class);
  if (count < 0 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
    throw Error("cannot decompose U+" + std::to_string(static_cast<std::uint32_t>(c)));
  }
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    out.push_back(static_cast<char32_t>(parts[static_cast<std::size_t>(i)]));
  }
}

// Canonical ordering: each run of characters with a combining class, sorted by it. (utf8proc's own
// ordering is an insertion sort: quadratic for a text of nothing but marks.)
void reorder(std::u32string& text) {
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (text[begin] < 0x300 || order_of(text[begin]) == 0) continue;  // no mark lies below U+0300
    std::size_t end = begin + 1;
    while (end < text.size() && order_of(text[end]) != 0) ++end;
    std::stable_sort(text.begin() + static_cast<std::ptrdiff_t>(begin),
                     text.begin() + static_cast<std::ptrdiff_t>(end),
                     [](char32_t a, char32_t b) { return order_of(a) < order_of(b); });
    begin = end;
  }
}

void compose(std::u32string& text) {
  if (text.size() > kMaxSegment) throw Error("text too long to compose its characters");
  std::vector<utf8proc_int32_t> buffer(text.begin(), text.end());
  buffer.push_back(0);
  const utf8proc_ssize_t length =
      utf8proc_normalize_utf32(buffer.data(), static_cast<utf8proc_ssize_t>(text.size()),
                               static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  if (length < 0) throw Error("cannot compose the characters of a text");
  text.assign(buffer.begin(), buffer.begin() + length);
}

}  // namespace

void normalize(std::u32string& text, NormalForm form) {
  const bool compatible = form == NormalForm::nfkc || form == NormalForm::nfkd;
  const bool composed = form == NormalForm::nfc || form == NormalForm::nfkc;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                      (compatible ? UTF8PROC_COMPAT : 0));
  const unicode::Table& characters = unicode::table();

  std::u32string result;
  std::u32string segment;
  const auto finish_segment = [&] {
    reorder(segment);
    if (composed) compose(segment);
    result += segment;
    segment.clear();
  };
  for (const char32_t c : text) {
    if (characters.is(c, unicode::kInert)) {
      finish_segment();
      result.push_back(c);
    } else {
      append_decomposed(c, options, segment);
    }
  }
  finish_segment();
  text = std::move(result);
}

}  // namespace zerocl
