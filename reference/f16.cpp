#include "reference/f16.h"

#include <cmath>
#include <limits>

namespace zerocl::reference {
namespace {

constexpr std::uint16_t kNan = 0x7e00, kInfinity = 0x7c00;
constexpr int kFraction = 10;  // bits
constexpr int kLeast = -14;    // exponent of the smallest normal number
constexpr int kMost = 15;

}  // namespace

std::uint16_t to_f16(float v) {
  if (std::isnan(v)) return kNan;
  const std::uint16_t sign = std::signbit(v) ? 0x8000 : 0;
  const double magnitude = std::fabs(double{v});
  if (magnitude == 0) return sign;
  if (std::isinf(magnitude)) return sign | kInfinity;
  // In units of the last place; a double holds them exactly, and nearbyint takes ties to even.
  const int exponent = std::max(std::ilogb(magnitude), kLeast);
  const double units = std::nearbyint(std::ldexp(magnitude, kFraction - exponent));
  // The exponent field counts from 1 at kLeast, and the leading unit of a normal number adds 1 to
  // it; so does a carry.
  const auto field = static_cast<std::int64_t>(exponent - kLeast) << kFraction;
  const std::int64_t bits = field + static_cast<std::int64_t>(units);
  return static_cast<std::uint16_t>(
      sign | (exponent > kMost || bits >= kInfinity ? kInfinity : static_cast<int>(bits)));
}

float from_f16(std::uint16_t bits) {
  const int field = bits >> kFraction & 31, fraction = bits & 0x3ff;
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  if (field == 31)
    return fraction == 0 ? sign * std::numeric_limits<float>::infinity()
                         : std::numeric_limits<float>::quiet_NaN();
  const int units = field == 0 ? fraction : fraction + 0x400;
  const int exponent = field == 0 ? kLeast : field - kMost;
  return sign * static_cast<float>(std::ldexp(units, exponent - kFraction));
}

MatrixF16 to_f16(const MatrixF& matrix) {
  return matrix.unaryExpr([](float v) { return to_f16(v); });
}

MatrixF from_f16(const MatrixF16& matrix) {
  return matrix.unaryExpr([](std::uint16_t v) { return from_f16(v); });
}

}  // namespace zerocl::reference
