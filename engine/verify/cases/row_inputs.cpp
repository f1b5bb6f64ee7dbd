#include "engine/verify/cases/row_inputs.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

namespace zerocl {
namespace {

// splitmix64 (Steele, Lea and Flood, 2014): the same numbers with every compiler and library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

  std::uint64_t bits() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // In [0, bound).
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(bound));
  }
  // Sum of four 16-bit uniforms, in (-2, 2), exact in float32.
  float bell() {
    const std::uint64_t b = bits();
    const auto sum = static_cast<std::int32_t>((b & 0xffff) + (b >> 16 & 0xffff) +
                                               (b >> 32 & 0xffff) + (b >> 48 & 0xffff));
    return static_cast<float>(sum - 2 * 0xffff) * 0x1p-16f;
  }

 private:
  std::uint64_t state_;
};

enum class RowKind {
  ordinary,
  ties,       // x * r is an integer and a half
  near_ties,  // x * r is so nearly that rounding the product first makes it that
  zeros,
  negative_zeros,
  denormals,
  below_minimum,  // absmax just below 2^-100: scale 0
  at_minimum,     // absmax 2^-100: the smallest that has a scale
  largest,        // FLT_MAX somewhere: r is denormal-free, sums overflow
  infinity,
  nan,
  constant,       // variance 0
  signs,          // +v and -v in turn: what rounds to 0 keeps its sign
  outlier,        // one element a thousand times the others
  equal_largest,  // the largest value several times
  mixed,          // NaN, infinities, zeros of both signs among ordinary values
  ordinary_again,
  count,
};

// Element k of `cols` in a row of some kind; `value` is an ordinary one.
float special_element(RowKind kind, std::int64_t k, std::int64_t cols, float value) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const bool middle = k == cols / 2;
  switch (kind) {
    case RowKind::ties:
      return middle ? 127.0f : static_cast<float>(k % 253 - 126) + 0.5f;
    case RowKind::near_ties: {
      // For r = 127, as in any group of four neighbours here.
      constexpr float kNear[] = {0x1.83060cp-7f, 0x1.6ad5acp-3f, 0x1.264c9ap-2f,
                                 0x1.9f3e7cp-2f, 0x1.08102p-1f,  0x1.3c78f2p-1f,
                                 0x1.74e9d4p-1f, 0x1.ad5ab6p-1f, 0x1.e5cb98p-1f};
      const float near = kNear[static_cast<std::size_t>(k) % std::size(kNear)];
      return k % 4 == 3 ? 1.0f : k % 2 == 0 ? near : -near;
    }
    case RowKind::zeros:
      return 0.0f;
    case RowKind::negative_zeros:
      return -0.0f;
    case RowKind::denormals:
      return value * 0x1p-130f;
    case RowKind::below_minimum:
      return middle ? -std::nextafter(0x1p-100f, 0.0f) : value * 0x1p-102f;
    case RowKind::at_minimum:
      return middle ? 0x1p-100f : value * 0x1p-102f;
    case RowKind::largest:
      return middle ? -std::numeric_limits<float>::max() : value * 0x1p126f;
    case RowKind::infinity:
      return middle ? -kInfinity : value;
    case RowKind::nan:
      return middle ? kNan : value;
    case RowKind::constant:
      return 0.3f;
    case RowKind::signs:
      return k % 2 == 0 ? 0.7f : -0.7f;
    case RowKind::outlier:
      return middle ? 1000.0f : value;
    case RowKind::equal_largest:
      return k % 5 == 3 ? 9.0f : value;
    case RowKind::mixed:
      switch (k % 7) {
        case 0:
          return kNan;
        case 2:
          return -0.0f;
        case 3:
          return 0.0f;
        case 5:
          return -kInfinity;
        default:
          return -std::fabs(value);
      }
    case RowKind::ordinary:
    case RowKind::ordinary_again:
    case RowKind::count:
      break;
  }
  return value;
}

}  // namespace

std::int64_t special_row_kinds() {
  return static_cast<std::int64_t>(RowKind::count);
}

reference::MatrixF make_matrix(std::uint64_t seed, std::int64_t rows, std::int64_t cols,
                               Fill fill) {
  Random random(seed);
  reference::MatrixF matrix(rows, cols);
  for (std::int64_t m = 0; m < rows; ++m) {
    const float magnitude = std::ldexp(1.0f, static_cast<int>(random.below(7)) - 3);
    const auto kind = static_cast<RowKind>(m % special_row_kinds());
    for (std::int64_t k = 0; k < cols; ++k) {
      const float value = random.bell() * magnitude;
      matrix(m, k) = fill == Fill::random ? value : special_element(kind, k, cols, value);
    }
  }
  return matrix;
}

std::vector<float> make_vector(std::uint64_t seed, std::int64_t count, float center) {
  Random random(seed);
  std::vector<float> vector(static_cast<std::size_t>(count));
  for (float& value : vector) value = center + random.bell() * 0.25f;
  return vector;
}

std::vector<std::int32_t> make_indices(std::uint64_t seed, std::int64_t count, std::int32_t bound) {
  Random random(seed);
  std::vector<std::int32_t> indices(static_cast<std::size_t>(count));
  for (std::int32_t& index : indices) index = static_cast<std::int32_t>(random.below(bound));
  return indices;
}

reference::Quantized make_quantized(std::uint64_t seed, std::int64_t rows, std::int64_t cols,
                                    std::int64_t group, Fill fill) {
  Random random(seed);
  const std::int64_t groups = (cols + group - 1) / group;
  reference::Quantized out{reference::MatrixI8(rows, cols), reference::MatrixF(rows, groups),
                           group};
  for (std::int64_t i = 0; i < out.codes.size(); ++i) {
    const std::int64_t code = random.below(271) - 135;  // beyond the ends: taken as the ends
    out.codes.data()[i] = static_cast<std::int8_t>(std::clamp<std::int64_t>(code, -127, 127));
  }
  for (std::int64_t i = 0; i < out.scales.size(); ++i) {
    const float scale = std::fabs(random.bell()) * 0x1p-5f;
    const float special[] = {scale, 0.0f, std::numeric_limits<float>::quiet_NaN(), 0x1p-107f,
                             scale};
    out.scales.data()[i] = fill == Fill::random ? scale : special[i % 5];
  }
  return out;
}

}  // namespace zerocl
