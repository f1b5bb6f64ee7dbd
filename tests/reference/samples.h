#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

namespace zerocl::reference {

// Calls visit(x) for `per_binade` pseudo-random floats of every binade that meets [low, high],
// 0 < low < high, and for both ends; the same floats in every run.
template <class Visit>
void each_sample(float low, float high, int per_binade, Visit visit) {
  std::mt19937 random(20240607);
  const auto first = std::bit_cast<std::uint32_t>(low), last = std::bit_cast<std::uint32_t>(high);
  for (std::uint32_t binade = first >> 23; binade <= last >> 23; ++binade) {
    for (int i = 0; i < per_binade; ++i) {
      const std::uint32_t bits = (binade << 23) | (static_cast<std::uint32_t>(random()) >> 9);
      if (bits >= first && bits <= last) visit(std::bit_cast<float>(bits));
    }
  }
  visit(low);
  visit(high);
}

// The distance of `actual` from `truth` in units of the last place of the float next to `truth`.
inline double ulps(float actual, long double truth) {
  const int exponent = truth == 0 ? -149 : std::ilogb(truth) - 23;
  const long double unit = std::ldexp(1.0L, exponent < -149 ? -149 : exponent);
  return static_cast<double>(std::fabs(actual - truth) / unit);
}

// The largest value seen and where.
struct Largest {
  double value = 0;
  float at = 0;
  void see(double v, float x) {
    if (v > value) {
      value = v;
      at = x;
    }
  }
};

}  // namespace zerocl::reference
