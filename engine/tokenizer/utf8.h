#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zerocl::utf8 {

// What stands at the start of some bytes.
struct Step {
  enum class Kind {
    valid,      // one character of `length` bytes
    invalid,    // `length` bytes that no character can start with (a maximal subpart: one U+FFFD)
    truncated,  // all `length` bytes are the start of a character whose rest is missing
  };
  Kind kind;
  std::size_t length;
};

// bytes is not empty. Follows Unicode's recommended practice (maximal subparts), as Python's
// errors='replace' and Rust's from_utf8_lossy do: no surrogates, no overlong forms.
Step step(std::string_view bytes);

bool is_valid(std::string_view bytes);

// Appends bytes, with U+FFFD for every invalid or truncated part.
void append_replacing_invalid(std::string_view bytes, std::string& out);

void append(char32_t c, std::string& out);

// For messages about untrusted text: valid UTF-8 of about max_bytes at most (the middle is left
// out), control characters (line ends and terminal escapes too) as U+FFFD.
std::string printable(std::string_view bytes, std::size_t max_bytes);

// Length of the character that starts with this byte of valid UTF-8.
inline std::size_t length_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// The character at text[at], which must be valid UTF-8, and moves at past it.
inline char32_t next(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const char32_t lead = byte(0);
  char32_t c = lead;
  std::size_t length = 1;
  if (lead >= 0xF0) {
    c = (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    length = 4;
  } else if (lead >= 0xE0) {
    c = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    length = 3;
  } else if (lead >= 0x80) {
    c = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
    length = 2;
  }
  at += length;
  return c;
}

// The character that ends at text[end - 1]; end > 0, valid UTF-8.
char32_t previous(std::string_view text, std::size_t end);

}  // namespace zerocl::utf8
