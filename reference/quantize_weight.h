#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.3, of a weight w [N, K] (outputs x inputs).
// One scale a row; scales [N, 1].
Quantized quantize_weight_per_row(const MatrixF& w);
// ZeroQuant's group-wise scheme (arXiv 2206.01861 section 3.1): `groups` runs of ceil(N / groups)
// whole rows, the last one shorter, one scale each. scales [runs, 1] and `group` = elements of a
// full run; fewer runs than `groups` remain where ceil(N / groups) * (groups - 1) >= N.
Quantized quantize_weight_row_groups(const MatrixF& w, Index groups);
// One scale for each run of `group` inputs; scales [N, ceil(K / group)].
Quantized quantize_weight_k_groups(const MatrixF& w, Index group);

}  // namespace zerocl::reference
