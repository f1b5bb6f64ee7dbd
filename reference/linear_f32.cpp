#include "reference/linear_f32.h"

#include <cmath>
#include <cstring>

#include "reference/fast_fma.h"
#include "reference/linear_block.h"

namespace zerocl::reference {
namespace {

// y[r][n] = the chain of row r and output n, started at y[r][n]; x [4, inputs], w [inputs, 32].
FAST_FMA void chains(const float* x, const float* w, Index inputs, float* y) {
  float acc[kBlockRows][kBlockOutputs];
  std::memcpy(acc, y, sizeof acc);
  for (Index k = 0; k < inputs; ++k)
    for (Index r = 0; r < kBlockRows; ++r)
      for (Index n = 0; n < kBlockOutputs; ++n)
        acc[r][n] = std::fma(x[r * inputs + k], w[k * kBlockOutputs + n], acc[r][n]);
  std::memcpy(y, acc, sizeof acc);
}

}  // namespace

MatrixF linear_f32(const MatrixF& x, const MatrixF& w, std::span<const float> bias) {
  MatrixF y(x.rows(), w.rows());
  for (Index n0 = 0; n0 < w.rows(); n0 += kBlockOutputs) {
    const Index outputs = std::min(kBlockOutputs, w.rows() - n0);
    const std::vector<float> panel = block_outputs<float>(w, n0);
    for (Index m0 = 0; m0 < x.rows(); m0 += kBlockRows) {
      const std::vector<float> rows = block_rows<float>(x, m0);
      float block[kBlockRows][kBlockOutputs] = {};
      for (Index r = 0; r < kBlockRows && !bias.empty(); ++r)
        for (Index n = 0; n < outputs; ++n) block[r][n] = bias[static_cast<std::size_t>(n0 + n)];
      chains(rows.data(), panel.data(), x.cols(), block[0]);
      for (Index r = 0; r < std::min(kBlockRows, x.rows() - m0); ++r)
        for (Index n = 0; n < outputs; ++n) y(m0 + r, n0 + n) = block[r][n];
    }
  }
  return y;
}

}  // namespace zerocl::reference
