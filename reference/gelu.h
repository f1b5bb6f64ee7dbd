#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

// x * Phi(x), or its tanh approximation (NUMERICS.md 2).
enum class GeluForm { erf, tanh };

// NUMERICS.md 3.9 and 2.5, element by element.
MatrixF gelu(const MatrixF& x, GeluForm form);
MatrixF gelu_coarse(const MatrixF& x, GeluForm form);
MatrixF gelu_fine(const MatrixF& x, GeluForm form);

}  // namespace zerocl::reference
