#pragma once

#include <cstdint>
#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.14: y[i] = x[index[i]]; indices lie inside x.
MatrixF gather_rows(const MatrixF& x, std::span<const std::int32_t> index);

}  // namespace zerocl::reference
