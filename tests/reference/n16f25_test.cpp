// The model of the float tensor cores against what they answered (data/README.md).
#include "reference/n16f25.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "cl_kernels/abi/numerics.h"

namespace zerocl::reference {
namespace {

std::vector<char> read_file(const std::string& name) {
  std::ifstream in(std::filesystem::path(ZEROCL_REFERENCE_DATA) / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::uint32_t canonical(float v) {
  return std::isnan(v) ? CANONICAL_NAN_BITS : std::bit_cast<std::uint32_t>(v);
}

// Little-endian arrays, blocks outermost: A u16 [B, rows, 16], B u16 [B, 8, 16], C f32 and D f32
// [B, rows, 8].
void check_recording(const std::string& name, std::size_t blocks, std::size_t rows) {
  const std::vector<char> bytes = read_file(name);
  const std::size_t a_count = blocks * rows * 16, b_count = blocks * 8 * 16,
                    c_count = blocks * rows * 8;
  ASSERT_EQ(bytes.size(), 2 * (a_count + b_count) + 8 * c_count) << name;
  std::vector<std::uint16_t> a(a_count), b(b_count);
  std::vector<float> c(c_count), d(c_count);
  const char* from = bytes.data();
  const auto take = [&](auto& to) {
    std::memcpy(to.data(), from, to.size() * sizeof(to[0]));
    from += to.size() * sizeof(to[0]);
  };
  take(a), take(b), take(c), take(d);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < c_count; ++i) {
    const std::size_t row = i / 8, column = i / (8 * rows) * 8 + i % 8;
    F16Factor x[16], y[16];
    for (std::size_t k = 0; k < 16; ++k) {
      x[k] = factor_of(a[row * 16 + k]);
      y[k] = factor_of(b[column * 16 + k]);
    }
    const float got = n16f25_sum(x, 1, y, 1, 16, c[i]);
    if (canonical(got) == canonical(d[i])) continue;
    if (wrong++ == 0)
      ADD_FAILURE() << name << " answer " << i << ": " << std::hex << canonical(got)
                    << ", recorded " << canonical(d[i]);
  }
  std::printf("  %s: %zu answers, %zu differ\n", name.c_str(), c_count, wrong);
  EXPECT_EQ(wrong, 0u);
}

}  // namespace

TEST(N16F25, HasTheBitsOfTheTensorCores) {
  check_recording("mma-f16.bin", 192, 16);
  check_recording("wgmma-f16.bin", 48, 64);
}

TEST(N16F25, TruncatesBelowTheLargestAddend) {
  const auto sum = [](const std::vector<float>& a, const std::vector<float>& b, float c) {
    std::vector<F16Factor> x, y;
    for (const float v : a) x.push_back(factor_of(to_f16(v)));
    for (const float v : b) y.push_back(factor_of(to_f16(v)));
    return n16f25_sum(x.data(), 1, y.data(), 1, static_cast<Index>(x.size()), c);
  };
  // 2^-25 is kept beside 1, and lost in rounding toward zero; 2^-26 is lost before the sum.
  EXPECT_EQ(sum({1, 0x1p-12f}, {1, 0x1p-13f}, -1.0f), 0x1p-25f);
  EXPECT_EQ(sum({1, 0x1p-13f}, {1, 0x1p-13f}, -1.0f), 0.0f);
  EXPECT_EQ(sum({1, 0x1p-12f}, {1, -0x1p-13f}, 0.0f), 1.0f - 0x1p-24f);
  // A product's significand is not renormalized: 1.5 * 1.5 counts as 2^0, so 2^-25 stays.
  EXPECT_EQ(sum({1.5f, 1.5f, 0x1p-12f}, {1.5f, -1.5f, 0x1p-13f}, 0), 0x1p-25f);
  EXPECT_EQ(sum({1.5f, 0x1p-12f}, {1.5f, 0x1p-13f}, -2.25f), 0.0f);
  // Zeros take no part, whatever their exponents and signs.
  EXPECT_EQ(canonical(sum({0, -0.0f}, {1000, 5}, -0.0f)), 0u);
  EXPECT_EQ(sum({0}, {60000}, 0x1p-140f), 0x1p-140f);
  EXPECT_EQ(sum({1}, {1}, 3.4028235e38f), 3.4028235e38f);
  EXPECT_TRUE(std::isnan(sum({INFINITY}, {0}, 0)));
  EXPECT_EQ(sum({INFINITY, 1}, {-2, 1}, 0), -INFINITY);
}

// The bound of NUMERICS.md 1.11.
TEST(N16F25, ChainsAreNearFloat64) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  double worst = 0;
  for (const Index count : {1, 15, 16, 17, 64, 333, 3072}) {
    for (int repeat = 0; repeat < 50; ++repeat) {
      std::vector<F16Factor> a, b;
      double sum = 0, most = 0;
      for (Index i = 0; i < count; ++i) {
        const std::uint16_t x = to_f16(normal(random)), y = to_f16(normal(random));
        a.push_back(factor_of(x)), b.push_back(factor_of(y));
        sum += double{from_f16(x)} * from_f16(y);
        most = std::max({most, std::fabs(sum), std::fabs(double{from_f16(x)} * from_f16(y))});
      }
      // The chain's own partial sums stay within twice the exact ones'.
      const Index steps = (count + 15) / 16;
      const double bound = 2 * most * 0x1p-20 * static_cast<double>(steps);
      const double error = std::fabs(n16f25(a.data(), b.data(), 1, count) - sum);
      EXPECT_LE(error, bound) << count;
      worst = std::max(worst, error / bound);
    }
  }
  std::printf("  largest error: %.3g of the bound\n", worst);
}

TEST(F16, EveryHalfSurvivesAndTiesGoToEven) {
  for (int h = 0; h < 0x10000; ++h) {
    const auto bits = static_cast<std::uint16_t>(h);
    const bool nan = (h & 0x7fff) > 0x7c00;
    EXPECT_EQ(to_f16(from_f16(bits)), nan ? 0x7e00 : bits);
    if ((h & 0x7fff) >= 0x7bff) continue;
    // Halfway to the next one, and its neighbours.
    const float next = from_f16(static_cast<std::uint16_t>(bits + 1));
    const float middle = 0.5f * (from_f16(bits) + next);
    const auto even = static_cast<std::uint16_t>(bits + bits % 2);
    EXPECT_EQ(to_f16(middle), even);
    EXPECT_EQ(to_f16(std::nextafter(middle, next)), bits + 1);
    EXPECT_EQ(to_f16(std::nextafter(middle, from_f16(bits))), bits);
  }
  EXPECT_EQ(to_f16(65519.996f), 0x7bff);
  EXPECT_EQ(to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(to_f16(-INFINITY), 0xfc00);
  EXPECT_EQ(to_f16(0x1p-25f), 0);
  EXPECT_EQ(to_f16(0x1.000002p-25f), 1);
  EXPECT_EQ(to_f16(-0x1p-126f), 0x8000);
}

}  // namespace zerocl::reference
