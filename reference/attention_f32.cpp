#include "reference/attention_f32.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/fast_fma.h"
#include "reference/online_softmax.h"

namespace zerocl::reference {
namespace {

// x[j] of `count` keys, `stride` floats apart.
FAST_FMA void scores(const float* q, const float* keys, Index count, Index stride, Index size,
                     float scale, float* x) {
  for (Index j = 0; j < count; ++j) {
    float s = 0.0f;
    for (Index d = 0; d < size; ++d) s = std::fma(q[d], keys[j * stride + d], s);
    x[j] = s * scale;
  }
}

// o[d] = fma(o[d], old, ob[d] * fresh), ob[d] the chain over the block's keys.
FAST_FMA void add_block(const float* p, const float* values, Index count, Index stride, Index size,
                        float old, float fresh, float* o) {
  for (Index d = 0; d < size; ++d) {
    float sum = 0.0f;
    for (Index j = 0; j < count; ++j) sum = std::fma(p[j], values[j * stride + d], sum);
    o[d] = std::fma(o[d], old, sum * fresh);
  }
}

}  // namespace

MatrixF attention_f32(const MatrixF& q, const MatrixF& keys, const MatrixF& values, Index heads,
                      Index position, bool causal, float scale) {
  const Index width = q.cols(), size = width / heads;
  MatrixF y = MatrixF::Zero(q.rows(), width);
  for (Index t = 0; t < q.rows(); ++t) {
    const Index n = causal ? position + t + 1 : keys.rows();
    for (Index column = 0; column < width; column += size) {
      OnlineSoftmax softmax;
      for (Index first = 0; first < n; first += KEY_BLOCK) {
        const Index count = std::min<Index>(KEY_BLOCK, n - first);
        std::vector<float> x(static_cast<std::size_t>(count));
        scores(&q(t, column), &keys(first, column), count, width, size, scale, x.data());
        const SoftmaxBlock block = softmax_block(x);
        const auto [old, fresh] = softmax.join(block.largest, block.sum);
        add_block(block.p.data(), &values(first, column), count, width, size, old, fresh,
                  &y(t, column));
      }
      const float inverse = 1.0f / softmax.l;
      for (Index d = column; d < column + size; ++d) y(t, d) = y(t, d) * inverse;
    }
  }
  return y;
}

}  // namespace zerocl::reference
