#include "reference/linear_w8a8_quantize.h"

#include <cmath>

#include "reference/linear_w8a8.h"

namespace zerocl::reference {

std::int8_t given_code(float y, float scale) {
  const float reciprocal = std::isnormal(scale) && scale > 0 ? 1 / scale : 0;
  const float v = y * reciprocal;
  if (std::isnan(v)) return 0;
  if (v > 127) return 127;
  if (v < -127) return -127;
  return static_cast<std::int8_t>(std::nearbyint(v));  // ties to even, the default mode
}

MatrixI8 linear_w8a8_quantize(const Quantized& x, const Quantized& w, std::span<const float> bias,
                              std::span<const float> scales) {
  const MatrixF y = linear_w8a8(x, w, bias);
  MatrixI8 codes(y.rows(), y.cols());
  for (Index m = 0; m < y.rows(); ++m)
    for (Index n = 0; n < y.cols(); ++n)
      codes(m, n) = given_code(y(m, n), scales[static_cast<std::size_t>(n)]);
  return codes;
}

}  // namespace zerocl::reference
