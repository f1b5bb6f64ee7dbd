#include "reference/linear_w8a8.h"

#include <cmath>
#include <cstdint>

#include "reference/fast_fma.h"
#include "reference/linear_block.h"

namespace zerocl::reference {
namespace {

using Block = std::int32_t[kBlockRows][kBlockOutputs];

// acc[r][n] = sum of x[r][k] w[k][n] over `count` inputs; x has `stride` codes from row to row,
// w [count, 32].
FAST_FMA void products(const std::int32_t* x, Index stride, const std::int32_t* w, Index count,
                       Block& acc) {
  std::int32_t sum[kBlockRows][kBlockOutputs] = {};
  for (Index k = 0; k < count; ++k)
    for (Index r = 0; r < kBlockRows; ++r)
      for (Index n = 0; n < kBlockOutputs; ++n)
        sum[r][n] += x[r * stride + k] * w[k * kBlockOutputs + n];
  std::copy(sum[0], sum[0] + kBlockRows * kBlockOutputs, acc[0]);
}

}  // namespace

MatrixF linear_w8a8(const Quantized& x, const Quantized& w, std::span<const float> bias) {
  const Index inputs = x.codes.cols();
  const Index group = std::min({x.group, w.group, inputs});
  MatrixF y(x.codes.rows(), w.codes.rows());
  for (Index n0 = 0; n0 < y.cols(); n0 += kBlockOutputs) {
    const Index outputs = std::min(kBlockOutputs, y.cols() - n0);
    const std::vector<std::int32_t> panel = block_outputs<std::int32_t>(w.codes, n0);
    for (Index m0 = 0; m0 < y.rows(); m0 += kBlockRows) {
      const Index rows = std::min(kBlockRows, y.rows() - m0);
      const std::vector<std::int32_t> codes = block_rows<std::int32_t>(x.codes, m0);
      for (Index r = 0; r < rows; ++r)
        for (Index n = 0; n < outputs; ++n)
          y(m0 + r, n0 + n) = bias.empty() ? 0.0f : bias[static_cast<std::size_t>(n0 + n)];
      for (Index first = 0; first < inputs; first += group) {
        Block acc;
        products(codes.data() + first, inputs, panel.data() + first * kBlockOutputs,
                 std::min(group, inputs - first), acc);
        for (Index r = 0; r < rows; ++r) {
          const float row_scale = x.scales(m0 + r, first / x.group);
          for (Index n = 0; n < outputs; ++n) {
            float& sum = y(m0 + r, n0 + n);
            sum = std::fma(static_cast<float>(acc[r][n]) * row_scale,
                           w.scales(n0 + n, first / w.group), sum);
          }
        }
      }
    }
  }
  return y;
}

}  // namespace zerocl::reference
