#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "cl_kernels/abi/numerics.h"

namespace zerocl::reference {

// sum256 of NUMERICS.md 1.5 over the elements 0 .. n-1. `add(acc, i)` returns the lane sum `acc`
// with element i added, in one rounding. The order of additions depends on n alone.
template <class Add>
float sum_tree_256(std::size_t n, Add add) {
  std::array<float, SUM_LANES> lane{};  // +0 each
  for (std::size_t i = 0; i < n; ++i) lane[i % SUM_LANES] = add(lane[i % SUM_LANES], i);
  for (std::size_t width = SUM_LANES / 2; width > 0; width /= 2) {
    for (std::size_t i = 0; i < width; ++i) lane[i] = lane[2 * i] + lane[2 * i + 1];
  }
  return lane[0];
}

// sum256(v, n).
float sum_tree_256(std::span<const float> v);
float sum_tree_256(const float* v, std::size_t n);

// sum256(fma: v, v): lanes take fma(v, v, acc).
float sum_tree_256_squares(std::span<const float> v);

}  // namespace zerocl::reference
