#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.9, element by element.
MatrixF tanh(const MatrixF& x);

}  // namespace zerocl::reference
