#include "reference/attention_i8.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/fast_fma.h"
#include "reference/online_softmax.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {
namespace {

// x_j of keys first .. first + count - 1 for query t.
std::vector<float> scores(const Quantized& q, Index t, const Quantized& keys, Index head,
                          Index first, Index count, float scale) {
  const Index size = q.group;
  const float a = q.scales(t, head) * scale;
  std::vector<float> x;
  for (Index j = first; j < first + count; ++j) {
    std::int32_t dot = 0;
    for (Index d = head * size; d < (head + 1) * size; ++d) dot += q.codes(t, d) * keys.codes(j, d);
    x.push_back(static_cast<float>(dot) * a * keys.scales(j, head));
  }
  return x;
}

// o[d] = fma(o[d], old, O_d * gain), O_d the integer sum over the block's codes e of the weights.
FAST_FMA void add_block(const std::int8_t* e, Index count, const std::int8_t* values, Index stride,
                        Index size, float old, float gain, float* o) {
  for (Index d = 0; d < size; ++d) {
    std::int32_t sum = 0;
    for (Index j = 0; j < count; ++j) sum += e[j] * values[j * stride + d];
    o[d] = std::fma(o[d], old, static_cast<float>(sum) * gain);
  }
}

// One query and head over its first n keys; o [D] starts at zero.
void attend(const Quantized& q, Index t, const Quantized& keys, const Quantized& values, Index head,
            Index n, float scale, float* o) {
  const Index size = q.group;
  OnlineSoftmax softmax;
  for (Index first = 0; first < n; first += KEY_BLOCK) {
    const Index count = std::min<Index>(KEY_BLOCK, n - first);
    const SoftmaxBlock block = softmax_block(scores(q, t, keys, head, first, count, scale));
    std::vector<float> w;
    w.reserve(static_cast<std::size_t>(count));
    for (Index j = 0; j < count; ++j)
      w.push_back(block.p[static_cast<std::size_t>(j)] * values.scales(first + j, head));
    const QuantScale s = quant_scale(absmax_bits(w));
    std::vector<std::int8_t> e;
    e.reserve(w.size());
    for (const float weight : w) e.push_back(quant_code(weight, s.r));
    const auto [old, fresh] = softmax.join(block);
    add_block(e.data(), count, &values.codes(first, head * size), values.codes.cols(), size, old,
              s.scale * fresh, o);
  }
  const float inverse = 1.0f / softmax.l;
  for (Index d = 0; d < size; ++d) o[d] = o[d] * inverse;
}

}  // namespace

MatrixF attention_i8(const Quantized& q, const Quantized& keys, const Quantized& values,
                     Index position, bool causal, float scale) {
  MatrixF y = MatrixF::Zero(q.codes.rows(), q.codes.cols());
  for (Index t = 0; t < y.rows(); ++t)
    for (Index h = 0; h < q.scales.cols(); ++h)
      attend(q, t, keys, values, h, causal ? position + t + 1 : keys.codes.rows(), scale,
             &y(t, h * q.group));
  return y;
}

}  // namespace zerocl::reference
