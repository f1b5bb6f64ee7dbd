#include "reference/attention_f16_n16f25.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/n16f25.h"
#include "reference/online_softmax.h"

namespace zerocl::reference {
namespace {

using Factors = Matrix<F16Factor>;

const F16Factor* at(const Factors& matrix, Index row, Index column) {
  return matrix.data() + row * matrix.cols() + column;
}

// One query and head over its first n keys; o [D] starts at zero.
void attend(const F16Factor* q, const Factors& keys, const Factors& values, Index column,
            Index size, Index n, float scale, float* o) {
  OnlineSoftmax softmax;
  for (Index first = 0; first < n; first += KEY_BLOCK) {
    const Index count = std::min<Index>(KEY_BLOCK, n - first);
    std::vector<float> x;
    for (Index j = first; j < first + count; ++j)
      x.push_back(n16f25(q, at(keys, j, column), 1, size) * scale);
    const SoftmaxBlock block = softmax_block(x);
    std::vector<F16Factor> e;
    for (Index j = 0; j < count; ++j)
      e.push_back(factor_of(to_f16(block.p[static_cast<std::size_t>(j)])));
    const auto [old, fresh] = softmax.join(block.largest, block.sum);
    for (Index d = 0; d < size; ++d) {
      const float sum = n16f25(e.data(), at(values, first, column + d), values.cols(), count);
      o[d] = std::fma(o[d], old, sum * fresh);
    }
  }
  const float inverse = 1.0f / softmax.l;
  for (Index d = 0; d < size; ++d) o[d] = o[d] * inverse;
}

}  // namespace

MatrixF16 attention_f16_n16f25(const MatrixF16& q, const MatrixF16& keys, const MatrixF16& values,
                               Index heads, Index position, bool causal, float scale) {
  const Factors a = factors_of(q), b = factors_of(keys), v = factors_of(values);
  const Index size = q.cols() / heads;
  MatrixF y = MatrixF::Zero(q.rows(), q.cols());
  for (Index t = 0; t < q.rows(); ++t)
    for (Index h = 0; h < heads; ++h)
      attend(at(a, t, h * size), b, v, h * size, size, causal ? position + t + 1 : keys.rows(),
             scale, &y(t, h * size));
  return to_f16(y);
}

}  // namespace zerocl::reference
