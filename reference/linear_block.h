#pragma once

#include <algorithm>
#include <vector>

#include "reference/matrix.h"

namespace zerocl::reference {

// The blocks in which the reference multiplies: 4 rows x 32 outputs at a time, in loops of constant
// length that every compiler vectorizes across the outputs. A sum keeps its own ascending order, so
// blocks change the speed (whole models run through here) and no bit.
inline constexpr Index kBlockRows = 4;
inline constexpr Index kBlockOutputs = 32;

// Rows [first, first + 4) of a matrix [M, K] as T; rows past the last are 0.
template <class T, class From>
std::vector<T> block_rows(const Matrix<From>& x, Index first) {
  std::vector<T> rows(static_cast<std::size_t>(kBlockRows * x.cols()), T{0});
  for (Index r = 0; r < std::min(kBlockRows, x.rows() - first); ++r)
    for (Index k = 0; k < x.cols(); ++k)
      rows[static_cast<std::size_t>(r * x.cols() + k)] = static_cast<T>(x(first + r, k));
  return rows;
}

// Outputs [first, first + 32) of a weight [N, K] as T [K, 32]; outputs past the last are 0.
template <class T, class From>
std::vector<T> block_outputs(const Matrix<From>& w, Index first) {
  std::vector<T> panel(static_cast<std::size_t>(kBlockOutputs * w.cols()), T{0});
  for (Index n = 0; n < std::min(kBlockOutputs, w.rows() - first); ++n)
    for (Index k = 0; k < w.cols(); ++k)
      panel[static_cast<std::size_t>(k * kBlockOutputs + n)] = static_cast<T>(w(first + n, k));
  return panel;
}

}  // namespace zerocl::reference
