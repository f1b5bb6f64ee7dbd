#include "reference/quantize_tokens.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "cl_kernels/abi/numerics.h"

namespace zerocl::reference {

std::uint32_t absmax_bits(std::span<const float> values) {
  std::uint32_t largest = 0;
  for (const float value : values)
    largest = std::max(largest, std::bit_cast<std::uint32_t>(value) & ABS_MASK);
  return largest;
}

QuantScale quant_scale(std::uint32_t absmax) {
  if (absmax >= INFINITY_BITS) return {0.0f, std::numeric_limits<float>::quiet_NaN()};
  const float a = std::bit_cast<float>(absmax);
  if (a < QUANT_MIN_ABSMAX) return {0.0f, 0.0f};
  return {QMAX / a, a * INV_QMAX};
}

std::int8_t quant_code(float x, float r) {
  if (r == 0.0f) return 0;
  // The product is exact in double; ties to even, the default mode.
  return static_cast<std::int8_t>(std::nearbyint(double{x} * double{r}));
}

Quantized quantize_tokens(const MatrixF& x, Index group) {
  const Index groups = (x.cols() + group - 1) / group;
  Quantized out{MatrixI8(x.rows(), x.cols()), MatrixF(x.rows(), groups), group};
  for (Index m = 0; m < x.rows(); ++m) {
    for (Index j = 0; j < groups; ++j) {
      const Index first = j * group, count = std::min(group, x.cols() - first);
      const std::span values(x.data() + m * x.cols() + first, static_cast<std::size_t>(count));
      const QuantScale s = quant_scale(absmax_bits(values));
      out.scales(m, j) = s.scale;
      for (Index k = first; k < first + count; ++k) out.codes(m, k) = quant_code(x(m, k), s.r);
    }
  }
  return out;
}

}  // namespace zerocl::reference
