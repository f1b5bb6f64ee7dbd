#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.16: each row of x [M, K] to length 1.
MatrixF l2_normalize(const MatrixF& x);

}  // namespace zerocl::reference
