#include "engine/tokenizer/utf8.h"

#include "engine/tokenizer/unicode.h"

namespace zerocl::utf8 {

Step step(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {Step::Kind::valid, 1};
  if (lead < 0xC2 || lead > 0xF4) return {Step::Kind::invalid, 1};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t i = 1; i < length; ++i) {
    if (i == bytes.size()) return {Step::Kind::truncated, i};
    if (byte(i) < low || byte(i) > high) return {Step::Kind::invalid, i};
    low = 0x80;
    high = 0xBF;
  }
  return {Step::Kind::valid, length};
}

bool is_valid(std::string_view bytes) {
  while (!bytes.empty()) {
    const Step here = step(bytes);
    if (here.kind != Step::Kind::valid) return false;
    bytes.remove_prefix(here.length);
  }
  return true;
}

void append_replacing_invalid(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const Step here = step(bytes);
    if (here.kind == Step::Kind::valid) {
      out.append(bytes.substr(0, here.length));
    } else {
      append(unicode::kReplacement, out);
    }
    bytes.remove_prefix(here.length);
  }
}

void append(char32_t c, std::string& out) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80 | ((c >> shift) & 0x3F)));
  };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    tail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string printable(std::string_view bytes, std::size_t max_bytes) {
  std::string valid;
  if (bytes.size() <= max_bytes) {
    append_replacing_invalid(bytes, valid);
  } else {
    append_replacing_invalid(bytes.substr(0, max_bytes / 2), valid);
    valid += " ... ";
    append_replacing_invalid(bytes.substr(bytes.size() - max_bytes / 2), valid);
  }
  std::string out;
  for (std::size_t at = 0; at < valid.size();) {
    const char32_t c = next(valid, at);
    const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    append(control ? unicode::kReplacement : c, out);
  }
  return out;
}

char32_t previous(std::string_view text, std::size_t end) {
  std::size_t at = end - 1;
  while ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return next(text, at);
}

}  // namespace zerocl::utf8
