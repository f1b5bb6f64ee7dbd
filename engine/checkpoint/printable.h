#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zerocl {

// `text` as it may stand in an error message: names and values come from untrusted files, so
// control characters (a terminal would obey them) and bytes that are not UTF-8 are
// written as \xNN, and more than `max_bytes` bytes are cut, ending in "...".
std::string printable(std::string_view text, std::size_t max_bytes = 160);

// Length in bytes of the well-formed UTF-8 sequence (Unicode table 3-7: no overlong form, no
// surrogate, at most U+10FFFF) that begins at text[at], or 0 where there is none.
std::size_t utf8_sequence_length(std::string_view text, std::size_t at);

// Whether all of `text` is well-formed UTF-8 without control characters (U+0000 to U+001F, U+007F).
bool is_clean_utf8(std::string_view text);

}  // namespace zerocl
