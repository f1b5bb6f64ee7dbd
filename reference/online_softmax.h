#pragma once

#include <array>
#include <limits>
#include <span>

#include "cl_kernels/abi/numerics.h"

namespace zerocl::reference {

// Softmax of one block of keys before it is joined with the others (NUMERICS.md 3.13).
struct SoftmaxBlock {
  float largest;                   // mb: the largest x, NaN apart
  std::array<float, KEY_BLOCK> p;  // exp2(x - mb), +0 beyond the last key
  float sum;                       // lb: sum8 of p
};
SoftmaxBlock softmax_block(std::span<const float> x);  // 1 to KEY_BLOCK scores

// The running maximum and sum over blocks: online softmax, Milakov and Gimelshein, arXiv
// 1805.02867.
struct OnlineSoftmax {
  float m = -std::numeric_limits<float>::infinity();
  float l = 0.0f;

  // Joins a block by the score whose weight is 1 and the sum of its weights. What was summed before
  // it must be multiplied by `old`, what the block sums by `fresh`: A and B of NUMERICS.md 3.12 and
  // 3.13.
  struct Factors {
    float old, fresh;
  };
  Factors join(float level, float sum);
};

}  // namespace zerocl::reference
