#include "host/sha256.h"

#include <gtest/gtest.h>

#include <vector>

namespace zerocl {
namespace {

// FIPS 180-4 examples and NIST's CAVS vectors.
TEST(Sha256, KnownMessages) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                       "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu")),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(hex(sha256(std::string(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Lengths around the padding's corners (55, 56, 63, 64, ...), against hashing byte by byte.
TEST(Sha256, PiecesGiveTheSameDigest) {
  for (std::size_t length = 0; length < 200; ++length) {
    std::string message;
    for (std::size_t i = 0; i < length; ++i) message += static_cast<char>(i * 7 + length);
    Sha256 pieces;
    for (const char c : message) pieces.update(std::string_view(&c, 1));
    EXPECT_EQ(pieces.finish(), sha256(message)) << length;
  }
}

// NIST's lengths that end exactly at a block and one byte before the length field.
TEST(Sha256, PaddingCorners) {
  EXPECT_EQ(hex(sha256(std::string(55, 'a'))),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  EXPECT_EQ(hex(sha256(std::string(56, 'a'))),
            "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  EXPECT_EQ(hex(sha256(std::string(64, 'a'))),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

}  // namespace
}  // namespace zerocl
