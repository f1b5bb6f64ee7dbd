#include "engine/verify/compare.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

namespace zerocl {
namespace {

// The element's bits, widened to 32 with NaNs made canonical.
std::uint32_t canonical_bits(const HostTensor& tensor, std::size_t i) {
  if (tensor.dtype == DType::i8)
    return static_cast<std::uint32_t>(
        static_cast<std::int32_t>(std::to_integer<std::int8_t>(tensor.data[i])));
  if (tensor.dtype == DType::f16) {
    std::uint16_t half = 0;
    std::memcpy(&half, tensor.data.data() + 2 * i, 2);
    return (half & 0x7fffU) > 0x7c00U ? 0x7e00U : half;
  }
  std::uint32_t bits = 0;
  std::memcpy(&bits, tensor.data.data() + 4 * i, 4);
  const bool nan = tensor.dtype == DType::f32 && (bits & 0x7fffffffU) > 0x7f800000U;
  return nan ? 0x7fc00000U : bits;
}

std::string show(DType dtype, std::uint32_t bits) {
  if (dtype == DType::f32)
    return fmt::format("0x{:08x} ({:.9g})", bits, std::bit_cast<float>(bits));
  return fmt::format("{}", static_cast<std::int32_t>(bits));
}

}  // namespace

std::optional<Mismatch> compare_bits(const HostTensor& expected, const HostTensor& actual) {
  Mismatch mismatch{.tensor = expected.name};
  if (expected.name != actual.name || expected.dtype != actual.dtype ||
      expected.rows != actual.rows || expected.cols != actual.cols ||
      expected.data.size() != actual.data.size()) {
    mismatch.index = -1;
    return mismatch;
  }
  const auto n = static_cast<std::size_t>(expected.rows * expected.cols);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t want = canonical_bits(expected, i), got = canonical_bits(actual, i);
    if (want == got) continue;
    if (mismatch.count++ == 0) {
      mismatch.index = static_cast<std::int64_t>(i);
      mismatch.row = mismatch.index / expected.cols;
      mismatch.col = mismatch.index % expected.cols;
      mismatch.expected = want;
      mismatch.actual = got;
    }
  }
  if (mismatch.count == 0) return std::nullopt;
  return mismatch;
}

std::string Mismatch::text() const {
  if (index < 0) return fmt::format("{}: shape or type differs", tensor);
  // Codes and indices are small integers; everything else is shown as float bits.
  const bool integer = expected + 0x10000U < 0x20000U && actual + 0x10000U < 0x20000U;
  const DType shown = integer ? DType::i32 : DType::f32;
  return fmt::format("{}[{},{}]: expected {}, got {}, {} differ", tensor, row, col,
                     show(shown, expected), show(shown, actual), count);
}

std::uint64_t hash_bits(const HostTensor& tensor) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto n = static_cast<std::size_t>(tensor.rows * tensor.cols);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t bits = canonical_bits(tensor, i);
    for (int shift = 0; shift < 32; shift += 8)
      hash = (hash ^ ((bits >> shift) & 0xffU)) * 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace zerocl
