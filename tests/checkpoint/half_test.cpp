#include "engine/checkpoint/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace zerocl {
namespace {

// The value of a half by its definition (IEEE 754-2008, 3.4), in double, which holds all of them.
double half_value(std::uint16_t h) {
  const int sign = (h & 0x8000) != 0 ? -1 : 1;
  const int exponent = (h >> 10) & 31;
  const int mantissa = h & 1023;
  if (exponent == 31) {
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  return exponent == 0 ? sign * std::ldexp(mantissa, -24)
                       : sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(Half, EveryHalfBecomesItsValue) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto h = static_cast<std::uint16_t>(bits);
    const double expected = half_value(h);
    const std::uint32_t got = f16_to_f32_bits(h);
    if (std::isnan(expected)) {
      EXPECT_GT(got & 0x7fffffffU, 0x7f800000U) << bits;
      EXPECT_EQ(got >> 31, bits >> 15) << bits;
      continue;
    }
    // Comparing bits: the sign of zero counts, and the expected value is exact in float.
    EXPECT_EQ(got, std::bit_cast<std::uint32_t>(static_cast<float>(expected))) << bits;
  }
}

TEST(Half, EveryHalfSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    EXPECT_EQ(f32_to_f16_bits(f16_to_f32_bits(static_cast<std::uint16_t>(bits))), bits);
  }
}

TEST(Half, EveryBfloat16IsTheUpperHalfOfItsFloat) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    EXPECT_EQ(bf16_to_f32_bits(static_cast<std::uint16_t>(bits)), bits << 16);
  }
  EXPECT_EQ(bf16_to_f32(0x3f80), 1.0F);
  EXPECT_EQ(bf16_to_f32(0xc040), -3.0F);
}

// Between any two neighbouring halfs: what lies below the middle goes down, above it up, and the
// middle itself to the even one. The middle is exact in float, and so are its two neighbours.
TEST(Half, RoundsToNearestEvenBetweenAllNeighbours) {
  for (std::uint32_t low = 0; low < 0x7bff; ++low) {
    const float a = f16_to_f32(static_cast<std::uint16_t>(low));
    const float b = f16_to_f32(static_cast<std::uint16_t>(low + 1));
    const float middle = (a + b) / 2;
    const std::uint32_t even = (low & 1) != 0 ? low + 1 : low;
    EXPECT_EQ(f32_to_f16(middle), even);
    EXPECT_EQ(f32_to_f16(std::nextafterf(middle, a)), low);
    EXPECT_EQ(f32_to_f16(std::nextafterf(middle, b)), low + 1);
    EXPECT_EQ(f32_to_f16(-middle), even | 0x8000);
    EXPECT_EQ(f32_to_f16(-std::nextafterf(middle, b)), (low + 1) | 0x8000);
  }
}

TEST(Half, OverflowsToInfinityAtTheMiddleBeyondTheLargest) {
  EXPECT_EQ(f32_to_f16(65504.0F), 0x7bff);
  EXPECT_EQ(f32_to_f16(std::nextafterf(65520.0F, 0.0F)), 0x7bff);
  EXPECT_EQ(f32_to_f16(65520.0F), 0x7c00);
  EXPECT_EQ(f32_to_f16(std::numeric_limits<float>::max()), 0x7c00);
  EXPECT_EQ(f32_to_f16(-std::numeric_limits<float>::infinity()), 0xfc00);
  EXPECT_EQ(f32_to_f16(std::numeric_limits<float>::denorm_min()), 0x0000);
  EXPECT_EQ(f32_to_f16(-std::numeric_limits<float>::denorm_min()), 0x8000);
}

TEST(Half, NanStaysNanWhereverItsPayloadLies) {
  for (int bit = 0; bit < 23; ++bit) {
    for (const std::uint32_t sign : {0U, 0x80000000U}) {
      const std::uint16_t h = f32_to_f16_bits(sign | 0x7f800000U | (1U << bit));
      EXPECT_GT(h & 0x7fff, 0x7c00) << bit;
      EXPECT_EQ(h >> 15, sign >> 31) << bit;
    }
  }
}

}  // namespace
}  // namespace zerocl
