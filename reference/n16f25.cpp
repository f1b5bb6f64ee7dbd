#include "reference/n16f25.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "cl_kernels/abi/numerics.h"

namespace zerocl::reference {
namespace {

constexpr int kProductFraction = 20;  // bits below the point of a product of significands
constexpr int kSumFraction = 23;      // and of the accumulator's
constexpr int kLeastF32 = -126;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// significand * 2^(exponent - fraction), truncated toward zero to units of 2^(e - N16F25_BITS).
std::int64_t truncated(std::int64_t significand, int exponent, int fraction, int e) {
  const int shift = (exponent - fraction) - (e - N16F25_BITS);
  if (shift >= 0) return significand << shift;
  const std::int64_t magnitude = shift < -62 ? 0 : std::abs(significand) >> -shift;
  return significand < 0 ? -magnitude : magnitude;
}

// sum * 2^exponent rounded toward zero to f32.
float rounded(std::int64_t sum, int exponent) {
  if (sum == 0) return 0.0f;
  const auto magnitude = static_cast<std::uint64_t>(std::abs(sum));
  const int leading = exponent + static_cast<int>(std::bit_width(magnitude)) - 1;
  if (leading > 127) return sum < 0 ? -kInfinity : kInfinity;
  const int last = std::max(leading, kLeastF32) - kSumFraction;  // the result's last place
  const std::uint64_t units = last <= exponent       ? magnitude << (exponent - last)
                              : last - exponent > 63 ? 0
                                                     : magnitude >> (last - exponent);
  const double value = std::ldexp(static_cast<double>(units), last);
  return static_cast<float>(sum < 0 && units != 0 ? -value : value);
}

// Infinities and NaN among the addends decide; nothing: none are there.
struct Special {
  bool nan = false, plus = false, minus = false;
  bool any() const { return nan || plus || minus; }
  void add_infinity(bool negative) { (negative ? minus : plus) = true; }
  float result() const {
    if (nan || (plus && minus)) return std::bit_cast<float>(CANONICAL_NAN_BITS);
    return plus ? kInfinity : -kInfinity;
  }
};

Special special_of(const F16Factor& a, const F16Factor& b) {
  Special special;
  if (a.nan || b.nan) special.nan = true;
  if (!a.infinite && !b.infinite) return special;
  const bool zero = (!a.infinite && a.significand == 0) || (!b.infinite && b.significand == 0);
  if (zero) special.nan = true;
  special.add_infinity((a.significand < 0) != (b.significand < 0));
  return special;
}

}  // namespace

F16Factor factor_of(std::uint16_t f16) {
  const int field = f16 >> 10 & 31, fraction = f16 & 0x3ff, sign = f16 & 0x8000 ? -1 : 1;
  F16Factor out;
  out.nan = field == 31 && fraction != 0;
  out.infinite = field == 31 && fraction == 0;
  out.significand = static_cast<std::int16_t>(sign * (field == 0 ? fraction : fraction + 0x400));
  out.exponent = static_cast<std::int16_t>(std::max(field, 1) - 15);
  return out;
}

float n16f25_sum(const F16Factor* a, Index a_stride, const F16Factor* b, Index b_stride,
                 Index count, float c) {
  std::int64_t product[N16F25_PAIRS];
  int exponent[N16F25_PAIRS];
  Special special;
  special.nan = std::isnan(c);
  if (std::isinf(c)) special.add_infinity(c < 0);
  int e = std::numeric_limits<int>::min();
  for (Index i = 0; i < count; ++i) {
    const F16Factor& x = a[i * a_stride];
    const F16Factor& y = b[i * b_stride];
    if (x.nan || y.nan || x.infinite || y.infinite) {
      const Special found = special_of(x, y);
      special = {special.nan || found.nan, special.plus || found.plus,
                 special.minus || found.minus};
    }
    product[i] = std::int64_t{x.significand} * y.significand;
    exponent[i] = x.exponent + y.exponent;
    if (product[i] != 0) e = std::max(e, exponent[i]);
  }
  if (special.any()) return special.result();
  const auto bits = std::bit_cast<std::uint32_t>(c);
  const int field = static_cast<int>(bits >> 23 & 255),
            fraction = static_cast<int>(bits & 0x7fffff);
  const int magnitude = field == 0 ? fraction : fraction + 0x800000;
  const int c_exponent = std::max(field, 1) - 127;
  if (magnitude != 0) e = std::max(e, c_exponent);
  std::int64_t sum = 0;
  for (Index i = 0; i < count; ++i)
    if (product[i] != 0) sum += truncated(product[i], exponent[i], kProductFraction, e);
  if (magnitude != 0) sum += truncated(c < 0 ? -magnitude : magnitude, c_exponent, kSumFraction, e);
  return rounded(sum, e - N16F25_BITS);
}

float n16f25(const F16Factor* a, const F16Factor* b, Index b_stride, Index count) {
  float c = 0.0f;
  for (Index i = 0; i < count; i += N16F25_PAIRS)
    c = n16f25_sum(a + i, 1, b + i * b_stride, b_stride, std::min<Index>(N16F25_PAIRS, count - i),
                   c);
  return c;
}

Matrix<F16Factor> factors_of(const MatrixF16& matrix) {
  Matrix<F16Factor> out(matrix.rows(), matrix.cols());
  for (Index m = 0; m < matrix.rows(); ++m)
    for (Index k = 0; k < matrix.cols(); ++k) out(m, k) = factor_of(matrix(m, k));
  return out;
}

}  // namespace zerocl::reference
