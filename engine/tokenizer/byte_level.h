#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace zerocl {

// GPT-2 writes the 256 bytes as 256 visible characters, so that a vocabulary is readable text:
// 0x21-0x7E, 0xA1-0xAC and 0xAE-0xFF stand for themselves, the others are U+0100 onwards.

// The character of each byte, as UTF-8.
const std::array<std::string, 256>& byte_level_alphabet();

// The bytes that a token's characters stand for, or nothing if one of them is of no byte.
std::optional<std::string> byte_level_bytes(std::string_view token);

}  // namespace zerocl
