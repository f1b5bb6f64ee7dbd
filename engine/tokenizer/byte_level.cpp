#include "engine/tokenizer/byte_level.h"

#include "engine/tokenizer/utf8.h"

namespace zerocl {
namespace {

constexpr std::size_t kCharacters = 0x144;  // the last of the 68 moved bytes is U+0143

bool is_itself(std::size_t byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Alphabet {
  std::array<std::string, 256> characters;
  std::array<int, kCharacters> bytes;  // by character, -1: of no byte

  Alphabet() {
    bytes.fill(-1);
    char32_t moved = 0x100;
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const char32_t c = is_itself(byte) ? static_cast<char32_t>(byte) : moved++;
      utf8::append(c, characters[byte]);
      bytes[c] = static_cast<int>(byte);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet instance;
  return instance;
}

}  // namespace

const std::array<std::string, 256>& byte_level_alphabet() {
  return alphabet().characters;
}

std::optional<std::string> byte_level_bytes(std::string_view token) {
  const auto& bytes = alphabet().bytes;
  std::string result;
  for (std::size_t at = 0; at < token.size();) {
    const char32_t c = utf8::next(token, at);
    if (c >= bytes.size() || bytes[c] < 0) return std::nullopt;
    result.push_back(static_cast<char>(bytes[c]));
  }
  return result;
}

}  // namespace zerocl
