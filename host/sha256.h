#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace zerocl {

using Sha256Digest = std::array<std::byte, 32>;

// SHA-256 (FIPS 180-4), in pieces of any length. Names the entries of the program cache and shows
// that a payload is whole.
class Sha256 {
 public:
  void update(std::span<const std::byte> data);
  void update(std::string_view text);
  // Ends the message; the object must not be used afterwards.
  Sha256Digest finish();

 private:
  void compress(const std::byte* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_ = {};
  std::size_t filled_ = 0;    // bytes waiting in block_
  std::uint64_t length_ = 0;  // bytes of the message so far
};

Sha256Digest sha256(std::span<const std::byte> data);
Sha256Digest sha256(std::string_view text);

// 64 lower-case hexadecimal digits.
std::string hex(const Sha256Digest& digest);

}  // namespace zerocl
