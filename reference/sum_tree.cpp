#include "reference/sum_tree.h"

#include <cmath>

namespace zerocl::reference {

float sum_tree_256(std::span<const float> v) {
  return sum_tree_256(v.size(), [&](float acc, std::size_t i) { return acc + v[i]; });
}

float sum_tree_256(const float* v, std::size_t n) {
  return sum_tree_256(std::span(v, n));
}

float sum_tree_256_squares(std::span<const float> v) {
  return sum_tree_256(v.size(),
                      [&](float acc, std::size_t i) { return std::fma(v[i], v[i], acc); });
}

}  // namespace zerocl::reference
