#include "reference/online_softmax.h"

#include <cmath>

#include "reference/elementary.h"

namespace zerocl::reference {
namespace {

// sum8 of NUMERICS.md 3.13.
float sum8(std::span<const float, KEY_BLOCK> p) {
  std::array<float, SOFTMAX_LANES> lane{};
  for (std::size_t j = 0; j < p.size(); ++j) lane[j % SOFTMAX_LANES] += p[j];
  for (std::size_t width = SOFTMAX_LANES / 2; width > 0; width /= 2)
    for (std::size_t i = 0; i < width; ++i) lane[i] = lane[2 * i] + lane[2 * i + 1];
  return lane[0];
}

}  // namespace

SoftmaxBlock softmax_block(std::span<const float> x) {
  SoftmaxBlock block{-std::numeric_limits<float>::infinity(), {}, 0.0f};
  for (const float score : x) block.largest = score > block.largest ? score : block.largest;
  for (std::size_t j = 0; j < x.size(); ++j) block.p[j] = exp2(x[j] - block.largest);
  block.sum = sum8(block.p);
  return block;
}

OnlineSoftmax::Factors OnlineSoftmax::join(float level, float sum) {
  const float top = level > m ? level : m;
  const Factors factors{exp2(m - top), exp2(level - top)};
  l = std::fma(l, factors.old, sum * factors.fresh);
  m = top;
  return factors;
}

}  // namespace zerocl::reference
