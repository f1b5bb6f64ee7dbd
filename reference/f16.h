#pragma once

#include <cstdint>

#include "reference/matrix.h"

namespace zerocl::reference {

// A matrix of IEEE binary16, as bits (NUMERICS.md 1.10).
using MatrixF16 = Matrix<std::uint16_t>;

// f16(v): to nearest, ties to even; NaN becomes 0x7e00.
std::uint16_t to_f16(float v);
// The value of an f16, exact.
float from_f16(std::uint16_t bits);

// The same for every element.
MatrixF16 to_f16(const MatrixF& matrix);
MatrixF from_f16(const MatrixF16& matrix);

}  // namespace zerocl::reference
