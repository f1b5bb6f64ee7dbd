#pragma once

#include <cstdint>
#include <vector>

#include "reference/matrix.h"

namespace zerocl::reference {

// The order of argmax and top_k: larger values first, NaN after everything, -0 and +0 equal.
bool ranks_before(float a, float b);

// NUMERICS.md 3.17: for each row of x [M, V], V > 0, the lowest index with the largest value.
std::vector<std::int32_t> argmax(const MatrixF& x);

}  // namespace zerocl::reference
