#include "reference/attention_i8.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "cl_kernels/abi/numerics.h"
#include "reference/elementary.h"
#include "reference/fast_fma.h"
#include "reference/online_softmax.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {
namespace {

// A block of keys as one query sees it: its weights, and the score whose weight is 1.
struct Weights {
  float level;           // mu
  std::vector<float> p;  // multiples of 2^-10, the largest of them 1
};

// t_j of keys first .. first + count - 1 for query t: the score but for the query's factor.
std::vector<float> scores(const Quantized& q, Index t, const Quantized& keys, Index head,
                          Index first, Index count) {
  const Index size = q.group;
  std::vector<float> scores;
  for (Index j = first; j < first + count; ++j) {
    std::int32_t dot = 0;
    for (Index d = head * size; d < (head + 1) * size; ++d) dot += q.codes(t, d) * keys.codes(j, d);
    const float scale = keys.scales(j, head);
    scores.push_back(
        std::fma(static_cast<float>(dot) + ROUND_MAGIC, scale, -(ROUND_MAGIC * scale)));
  }
  return scores;
}

Weights weights(const std::vector<float>& scores, float a) {
  float largest = -std::numeric_limits<float>::infinity();
  for (const float t : scores) largest = t > largest ? t : largest;
  float shift = std::fma(-largest, a, SCORE_MAGIC);
  if (!(std::fabs(shift) < SCORE_LIMIT)) shift = std::numeric_limits<float>::quiet_NaN();
  Weights block{SCORE_MAGIC - shift, {}};
  for (const float t : scores)
    block.p.push_back(attention_weight(std::fma(t, a, shift) - SCORE_MAGIC));
  return block;
}

// The value's share of a weight of one, in codes: 11 significant bits.
float value_factor(float scale, float r) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(scale * r) & VALUE_FACTOR_MASK);
}

// o[d] = fma(o[d], old, O_d * gain) with two roundings, O_d the integer sum over the block's codes
// e of the weights.
FAST_FMA void add_block(const std::int8_t* e, Index count, const std::int8_t* values, Index stride,
                        Index size, float old, float gain, float* o) {
  for (Index d = 0; d < size; ++d) {
    std::int32_t sum = 0;
    for (Index j = 0; j < count; ++j) sum += e[j] * values[j * stride + d];
    const float before = std::fma(o[d], old, -(ROUND_MAGIC * gain));
    o[d] = std::fma(static_cast<float>(sum) + ROUND_MAGIC, gain, before);
  }
}

// One query and head over its first n keys; o [D] starts at zero.
void attend(const Quantized& q, Index t, const Quantized& keys, const Quantized& values, Index head,
            Index n, float scale, float* o) {
  const Index size = q.group;
  OnlineSoftmax softmax;
  for (Index first = 0; first < n; first += KEY_BLOCK) {
    const Index count = std::min<Index>(KEY_BLOCK, n - first);
    const Weights block =
        weights(scores(q, t, keys, head, first, count), q.scales(t, head) * scale);
    std::vector<float> value_scales;
    for (Index j = first; j < first + count; ++j) value_scales.push_back(values.scales(j, head));
    const QuantScale s = quant_scale(absmax_bits(value_scales));
    std::vector<std::int8_t> e;
    float sum = 0.0f;
    for (std::size_t j = 0; j < value_scales.size(); ++j) {
      const float p = block.p[j];
      const bool poisoned = s.r == 0.0f || std::isnan(p);  // NaN or 0 come of any code
      e.push_back(poisoned ? std::int8_t{0} : quant_code(p, value_factor(value_scales[j], s.r)));
      sum += p;
    }
    const auto [old, fresh] = softmax.join(block.level, sum);
    const float gain =
        std::bit_cast<float>(std::bit_cast<std::uint32_t>(s.scale * fresh) & GAIN_MASK);
    add_block(e.data(), count, &values.codes(first, head * size), values.codes.cols(), size, old,
              gain, o);
  }
  const float inverse = 1.0f / softmax.l;
  for (Index d = 0; d < size; ++d) o[d] = o[d] * inverse;
}

}  // namespace

float attention_weight(float y) {
  return (exp2(y) + WEIGHT_MAGIC) - WEIGHT_MAGIC;
}

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
