#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace zerocl::reference {

// Row-major matrices: a row is a token, an output or a table entry. Eigen stores and slices them;
// float sums and products are written out by the operators, because Eigen's own change bits with
// compiler flags and alignment.
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixF = Matrix<float>;
using MatrixI8 = Matrix<std::int8_t>;
using Eigen::Index;

// Codes with the scales of their groups: runs of `group` elements of a row, the last one shorter.
struct Quantized {
  MatrixI8 codes;   // [M, K]
  MatrixF scales;   // [M, ceil(K / group)]
  Index group = 0;  // 1 .. K
};

}  // namespace zerocl::reference
