#include "host/ops/codes.h"

#include <algorithm>
#include <cstring>

namespace zerocl::ops {

int load_code(const std::byte* codes, CodesLayout layout, std::size_t i) {
  if (layout == CodesLayout::i16) {
    std::int16_t code = 0;
    std::memcpy(&code, codes + 2 * i, 2);
    return code;
  }
  if (layout == CodesLayout::u8) return std::to_integer<int>(codes[i]) - 128;
  return std::to_integer<std::int8_t>(codes[i]);
}

std::int8_t load_code_i8(const std::byte* codes, CodesLayout layout, std::size_t i) {
  return static_cast<std::int8_t>(std::clamp(load_code(codes, layout, i), -128, 127));
}

void store_code(std::byte* codes, CodesLayout layout, std::size_t i, int code) {
  if (layout == CodesLayout::i16) {
    const auto wide = static_cast<std::int16_t>(code);
    std::memcpy(codes + 2 * i, &wide, 2);
    return;
  }
  codes[i] = static_cast<std::byte>(layout == CodesLayout::u8 ? code + 128 : code);
}

}  // namespace zerocl::ops
