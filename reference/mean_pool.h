#pragma once

#include <span>

#include "cl_kernels/abi/sequence.h"  // sequence_entry
#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.15: y [S, K], the mean of each sequence's rows of x; lengths are at least 1.
MatrixF mean_pool(const MatrixF& x, std::span<const sequence_entry> sequences);

}  // namespace zerocl::reference
