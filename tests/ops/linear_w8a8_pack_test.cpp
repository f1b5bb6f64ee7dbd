#include <gtest/gtest.h>

#include <cstring>

#include "cl_kernels/abi/linear_w8a8.h"
#include "engine/verify/cases/row_inputs.h"
#include "host/ops/linear_w8a8.h"
#include "tests/ops/family_test.h"

namespace zerocl::ops {
namespace {

struct Shape {
  std::int64_t outputs, inputs, group;
};
constexpr Shape kShapes[] = {{1, 1, 1},     {24, 64, 64},  {33, 65, 65},    {23, 200, 16},
                             {211, 72, 72}, {50, 130, 48}, {2, 1025, 1024}, {32, 4, 4}};
constexpr const char* kFamilies[] = {"pairs", "vnni", "rows", "tiles"};

std::vector<std::int8_t> codes_of(const Shape& shape) {
  const auto q = make_quantized(3, shape.outputs, shape.inputs, shape.inputs, Fill::random);
  return {q.codes.data(), q.codes.data() + q.codes.size()};
}

std::vector<std::byte> packed_of(std::string_view family, const Shape& shape) {
  std::vector<std::byte> packed(packed_bytes_w8a8(family, shape.outputs, shape.inputs, shape.group),
                                std::byte{0x77});
  pack_linear_w8a8(family, codes_of(shape), shape.outputs, shape.inputs, shape.group, packed);
  return packed;
}

}  // namespace

TEST(LinearW8A8Pack, UnpackIsTheInverse) {
  for (const Shape& shape : kShapes)
    for (const char* family : kFamilies) {
      std::vector<std::int8_t> back(static_cast<std::size_t>(shape.outputs * shape.inputs));
      unpack_linear_w8a8(family, packed_of(family, shape), shape.outputs, shape.inputs, shape.group,
                         back);
      EXPECT_EQ(back, codes_of(shape)) << family << " " << shape.outputs << "x" << shape.inputs;
    }
}

// Tiles of 128 x 128 one after another; in a tile the 16-byte pieces of a row in the order piece
// xor row mod 8. Written out by hand, since the kernels' hardware fixes it.
TEST(LinearW8A8Pack, TilesLieAsTheTensorCoresReadThem) {
  EXPECT_EQ(CODES_TILES_INDEX(0, 0, 256), 0u);
  EXPECT_EQ(CODES_TILES_INDEX(0, 17, 256), 17u);
  EXPECT_EQ(CODES_TILES_INDEX(1, 0, 256), 128u + 16u);
  EXPECT_EQ(CODES_TILES_INDEX(3, 16, 256), 3u * 128 + (1 ^ 3) * 16);
  EXPECT_EQ(CODES_TILES_INDEX(9, 130, 256), 16384u + 9 * 128 + (0 ^ 1) * 16 + 2);
  EXPECT_EQ(CODES_TILES_INDEX(128, 0, 256), 2u * 16384);
  // Outputs 0 .. 3, which an item holds, are columns 0, 1, 8, 9; the next item's 2, 3, 10, 11.
  constexpr std::size_t kColumns[16] = {0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15};
  for (std::size_t n = 0; n < 256; ++n)
    EXPECT_EQ(WEIGHT_TILES_INDEX(n, 17, 256),
              CODES_TILES_INDEX(n / 16 * 16 + kColumns[n % 16], 17, 256));
  const Shape shape{130, 140, 140};
  const std::vector<std::int8_t> codes = codes_of(shape);
  std::vector<std::byte> packed = packed_of("tiles", shape);
  ASSERT_EQ(packed.size(), 256u * 256);
  for (std::size_t n = 0; n < 130; ++n)
    for (std::size_t k = 0; k < 140; ++k) {
      std::byte& at = packed.at(WEIGHT_TILES_INDEX(n, k, 256));
      ASSERT_EQ(std::to_integer<std::int8_t>(at), codes[n * 140 + k]);
      at = std::byte{0};
    }
  EXPECT_EQ(packed, std::vector<std::byte>(packed.size(), std::byte{0}));
}

TEST(LinearW8A8Pack, ScalesOfTilesHaveNeighbouringOutputsSideBySide) {
  const std::vector<float> scales = {1, 2, 3, 4, 5, 6};  // 2 outputs, 3 groups
  EXPECT_EQ(pack_scales_w8a8("rows", scales, 2), scales);
  EXPECT_EQ(pack_scales_w8a8("tiles", scales, 2), (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

// The formula of the header, which kernels follow, and zeros everywhere else.
TEST(LinearW8A8Pack, CodesLieWhereTheHeaderSays) {
  const Shape shape{50, 130, 130};
  const struct {
    const char* family;
    std::size_t panel, run;
  } layouts[] = {{"pairs", LINEAR_W8A8_PAIRS_PANEL, LINEAR_W8A8_PAIRS_RUN},
                 {"vnni", LINEAR_W8A8_VNNI_PANEL, LINEAR_W8A8_VNNI_RUN},
                 {"rows", LINEAR_W8A8_ROWS_PANEL, LINEAR_W8A8_ROWS_RUN}};
  const std::vector<std::int8_t> codes = codes_of(shape);
  for (const auto& layout : layouts) {
    std::vector<std::byte> packed = packed_of(layout.family, shape);
    const std::size_t padded = (50 + layout.panel - 1) / layout.panel * layout.panel;
    for (std::size_t n = 0; n < 50; ++n)
      for (std::size_t k = 0; k < 130; ++k) {
        std::byte& at = packed.at(LINEAR_W8A8_INDEX(n, k, 130, layout.panel, layout.run));
        ASSERT_EQ(std::to_integer<std::int8_t>(at), codes[n * 130 + k]) << layout.family;
        at = std::byte{0};
      }
    for (std::size_t i = 0; i < padded * CODES_STRIDE(130); ++i)
      ASSERT_EQ(packed[i], std::byte{0}) << layout.family << " byte " << i;
  }
}

TEST(LinearW8A8Pack, VnniCompensatesEachGroup) {
  const Shape shape{33, 130, 48};  // groups of 48, 48 and 34 inputs
  const std::vector<std::int8_t> codes = codes_of(shape);
  const std::vector<std::byte> packed = packed_of("vnni", shape);
  ASSERT_EQ(packed.size(), 64u * CODES_STRIDE(130) + 3 * 64 * 4);
  for (std::size_t j = 0; j < 3; ++j)
    for (std::size_t n = 0; n < 64; ++n) {
      std::int32_t want = 0, got = 0;
      for (std::size_t k = 48 * j; n < 33 && k < std::min<std::size_t>(130, 48 * j + 48); ++k)
        want -= 128 * codes[n * 130 + k];
      std::memcpy(&got, packed.data() + 64 * CODES_STRIDE(130) + (j * 64 + n) * 4, 4);
      EXPECT_EQ(got, want) << j << " " << n;
    }
}

TEST(LinearW8A8Pack, RefusesWhatTheFormatExcludes) {
  std::vector<std::int8_t> codes(6 * 40, 5);
  std::vector<std::byte> packed(packed_bytes_w8a8("pairs", 6, 40, 40));
  codes[5 * 40 + 39] = -128;
  expect_error([&] { pack_linear_w8a8("pairs", codes, 6, 40, 40, packed); },
               {"linear_w8a8", "[5, 39]", "-128"});
  codes[5 * 40 + 39] = -127;
  pack_linear_w8a8("pairs", codes, 6, 40, 40, packed);
  expect_error([&] { pack_linear_w8a8("pairs", codes, 6, 41, 41, packed); },
               {"linear_w8a8", "240 codes", "246"});
  expect_error([&] { packed_bytes_w8a8("columns", 6, 40, 40); }, {"linear_w8a8", "'columns'"});
  expect_error([&] { packed_bytes_w8a8("rows", 6, 131073, 131073); },
               {"linear_w8a8", "131073", "131072"});
  expect_error([&] { packed_bytes_w8a8("rows", 6, 0, 0); }, {"linear_w8a8", "[6, 0]"});
  expect_error([&] { packed_bytes_w8a8("rows", 0, 8, 8); }, {"linear_w8a8", "[0, 8]"});
  for (const std::int64_t group : {0, -16, 24, 48})
    expect_error([&] { packed_bytes_w8a8("vnni", 6, 40, group); }, {"linear_w8a8", "groups of"});
}

}  // namespace zerocl::ops
