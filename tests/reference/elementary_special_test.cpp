// Special values, seams and monotonicity of the elementary functions, and the constants themselves.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "cl_kernels/abi/numerics.h"
#include "reference/elementary.h"

namespace zerocl::reference {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float least = std::numeric_limits<float>::denorm_min();
constexpr float largest = std::numeric_limits<float>::max();

using Scalar = float (*)(float);

std::uint32_t bits(float x) {
  return std::bit_cast<std::uint32_t>(x);
}
#define EXPECT_BITS(actual, expected) EXPECT_EQ(bits(actual), bits(expected)) << (actual)

TEST(ElementarySpecial, NanStaysNan) {
  const Scalar functions[] = {exp2,
                              exp,
                              tanh,
                              gelu_erf,
                              gelu_tanh,
                              gelu_coarse_erf,
                              gelu_coarse_tanh,
                              gelu_fine_erf,
                              gelu_fine_tanh,
                              relu,
                              rsqrt};
  for (Scalar function : functions) {
    for (std::uint32_t pattern :
         {0x7fc00000u, 0x7fc00001u, 0x7f800001u, 0xffffffffu, 0xffc00000u}) {
      EXPECT_TRUE(std::isnan(function(std::bit_cast<float>(pattern)))) << pattern;
    }
  }
}

TEST(ElementarySpecial, Exp2) {
  EXPECT_BITS(exp2(0.0f), 1.0f);
  EXPECT_BITS(exp2(-0.0f), 1.0f);
  for (int n = -126; n <= 127; ++n) {
    EXPECT_BITS(exp2(static_cast<float>(n)), std::ldexp(1.0f, n));  // exact on integers
  }
  EXPECT_BITS(exp2(std::nextafter(-126.0f, -inf)), 0x1p-126f);
  EXPECT_BITS(exp2(-inf), 0x1p-126f);
  EXPECT_BITS(exp2(-largest), 0x1p-126f);
  EXPECT_LE(exp2(-least), 1.0f);  // softmax weights never exceed 1
}

TEST(ElementarySpecial, Exp) {
  EXPECT_BITS(exp(0.0f), 1.0f);
  EXPECT_BITS(exp(-0.0f), 1.0f);
  EXPECT_BITS(exp(inf), inf);
  EXPECT_BITS(exp(largest), inf);
  EXPECT_BITS(exp(-inf), 0.0f);
  EXPECT_BITS(exp(-largest), 0.0f);
  EXPECT_LT(exp(88.7228317f), inf);  // the last float whose exponential is finite
  EXPECT_BITS(exp(88.7228394f), inf);
  EXPECT_BITS(exp(-103.97f), least);  // gradual underflow down to the last subnormal
  EXPECT_BITS(exp(-103.98f), 0.0f);
}

TEST(ElementarySpecial, Tanh) {
  EXPECT_BITS(tanh(0.0f), 0.0f);
  EXPECT_BITS(tanh(-0.0f), -0.0f);
  EXPECT_BITS(tanh(least), least);
  EXPECT_BITS(tanh(-0x1p-130f), -0x1p-130f);
  for (float x : {9.02f, 10.0f, 1e30f, largest, inf}) {
    EXPECT_BITS(tanh(x), 1.0f);
    EXPECT_BITS(tanh(-x), -1.0f);
  }
}

TEST(ElementarySpecial, Gelu) {
  for (Scalar gelu : {Scalar{gelu_erf}, Scalar{gelu_tanh}}) {
    EXPECT_BITS(gelu(0.0f), 0.0f);
    EXPECT_BITS(gelu(-0.0f), 0.0f);
    for (float x : {14.0f, 1e10f, largest, inf}) {
      EXPECT_BITS(gelu(x), x);
      EXPECT_LE(gelu(-x), 0.0f);
      EXPECT_GT(gelu(-x), -1e-30f);
    }
    EXPECT_BITS(gelu(-0x1p-140f), -0x1p-141f);  // half of it: subnormal arithmetic
  }
  EXPECT_BITS(erfc_tail(0.0f), 0.5f);
  EXPECT_BITS(tanh_tail(0.0f), 0.5f);
}

TEST(ElementarySpecial, SaturatedGelus) {
  for (Scalar gelu : {Scalar{gelu_coarse_erf}, Scalar{gelu_coarse_tanh}, Scalar{gelu_fine_erf},
                      Scalar{gelu_fine_tanh}}) {
    EXPECT_BITS(gelu(0.0f), 0.0f);
    EXPECT_BITS(gelu(-0.0f), -0.0f);
    EXPECT_BITS(gelu(0x1p-140f), 0x1p-141f);
    EXPECT_BITS(gelu(-0x1p-140f), -0x1p-141f);
    // The polynomials overflow from 2^28 and 2^18 on.
    const bool coarse = gelu == Scalar{gelu_coarse_erf} || gelu == Scalar{gelu_coarse_tanh};
    for (float x : {coarse ? 3.954f : 4.6f, 1e5f, 0x1p20f, 0x1p27f, 0x1p28f, 0x1p64f, largest}) {
      EXPECT_BITS(gelu(x), x);
      EXPECT_BITS(gelu(-x), -0.0f);
    }
    EXPECT_BITS(gelu(inf), inf);
    EXPECT_TRUE(std::isnan(gelu(-inf)));  // -infinity * +0
  }
}

TEST(ElementarySpecial, ReluAndRsqrt) {
  EXPECT_BITS(relu(-0.0f), 0.0f);
  EXPECT_BITS(relu(-1.0f), 0.0f);
  EXPECT_BITS(relu(-inf), 0.0f);
  EXPECT_BITS(relu(least), least);
  EXPECT_BITS(relu(inf), inf);
  EXPECT_BITS(rsqrt(4.0f), 0.5f);
  EXPECT_BITS(rsqrt(0.0f), inf);
  EXPECT_BITS(rsqrt(-0.0f), -inf);
  EXPECT_BITS(rsqrt(inf), 0.0f);
  EXPECT_TRUE(std::isnan(rsqrt(-1.0f)));
  EXPECT_BITS(rsqrt(0x1p-149f), 1.0f / std::sqrt(0x1p-149f));
}

// A step to the next float may lower the result by one unit in the last place at most, and a
// coarser step never does: roundings, but no seam where 2^f changes its exponent.
TEST(ElementaryMonotonic, Exp2) {
  for (std::uint32_t b = bits(0.25f); b < bits(4.0f); b += 37) {
    const float y = std::bit_cast<float>(b), next = std::bit_cast<float>(b + 1);
    ASSERT_GE(static_cast<std::int64_t>(bits(exp2(next))) - bits(exp2(y)), -1) << y;
    ASSERT_GE(static_cast<std::int64_t>(bits(exp2(-y))) - bits(exp2(-next)), -1) << -y;
  }
  for (int i = -126 * 65536; i < 127 * 65536; i += 5) {
    const float y = static_cast<float>(i) / 65536;
    ASSERT_LT(exp2(y), exp2(static_cast<float>(i + 5) / 65536)) << y;
  }
}

// The tails fall all the way to the clamp, far beyond the range of the fit (where their leading
// coefficient alone would not promise it), and end below 2^-80.
TEST(ElementaryMonotonic, TailsFallDownToTheClamp) {
  struct Tail {
    Scalar of;
    float limit;
  };
  for (Tail tail : {Tail{erfc_tail, ERFC_TAIL_MAX}, Tail{tanh_tail, TANH_TAIL_MAX}}) {
    for (float z = 0; z + 0x1p-11f <= tail.limit; z += 0x1p-11f) {
      ASSERT_GT(tail.of(z), tail.of(z + 0x1p-11f)) << z;
    }
    EXPECT_LT(tail.of(tail.limit), 0x1p-80f);
    EXPECT_GT(tail.of(tail.limit), 0x1p-126f);  // exp2 never has to clamp
  }
}

TEST(ElementaryMonotonic, TanhAndGeluOfPositiveNumbers) {
  for (Scalar function : {Scalar{tanh}, Scalar{gelu_erf}, Scalar{gelu_tanh}}) {
    for (int i = 0; i < 8 << 13; ++i) {
      const float x = static_cast<float>(i) * 0x1p-13f;
      ASSERT_LE(function(x), function(x + 0x1p-13f)) << x;
    }
  }
}

TEST(ElementaryArrays, EqualTheScalarForms) {
  std::vector<float> x;
  for (std::uint32_t b = 0; b < 0xffff0000u; b += 0x3fff1u) x.push_back(std::bit_cast<float>(b));
  const auto same = [&](Scalar scalar, void (*array)(std::span<const float>, std::span<float>)) {
    std::vector<float> y(x.size());
    array(x, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(y[i])) continue;
      ASSERT_EQ(bits(y[i]), bits(scalar(x[i]))) << x[i];
    }
  };
  same(exp2, exp2);
  same(exp, exp);
  same(tanh, tanh);
  same(gelu_erf, gelu_erf);
  same(gelu_tanh, gelu_tanh);
  same(gelu_coarse_erf, gelu_coarse_erf);
  same(gelu_coarse_tanh, gelu_coarse_tanh);
  same(gelu_fine_erf, gelu_fine_erf);
  same(gelu_fine_tanh, gelu_fine_tanh);
  same(relu, relu);
  same(rsqrt, rsqrt);
}

TEST(Numerics, ConstantsAreWhatTheyClaim) {
  EXPECT_BITS(INV_QMAX, 1.0f / 127.0f);
  EXPECT_BITS(LOG2E, static_cast<float>(1.44269504088896340736));
  EXPECT_NEAR(double{LOG2E} + double{LOG2E_LO}, 1.44269504088896340736, 0x1p-50);
  EXPECT_BITS(TWO_LOG2E, 2 * LOG2E);
  EXPECT_EQ(bits(ROUND_MAGIC), std::uint32_t{ROUND_MAGIC_BITS});
  EXPECT_EQ(bits(inf), INFINITY_BITS);
  EXPECT_TRUE(std::isnan(std::bit_cast<float>(CANONICAL_NAN_BITS)));
  EXPECT_LT(std::int64_t{K_LIMIT} * 127 * 127, std::int64_t{1} << 31);
  EXPECT_LT(HEAD_SIZE_LIMIT * 127 * 127, 1 << 24);
  EXPECT_LT(KEY_BLOCK * 127 * 127, 1 << 24);
  EXPECT_LT(QMAX / QUANT_MIN_ABSMAX, inf);
  EXPECT_GT(QUANT_MIN_ABSMAX * INV_QMAX, 0x1p-126f);  // scales are normal numbers
}

}  // namespace
}  // namespace zerocl::reference
