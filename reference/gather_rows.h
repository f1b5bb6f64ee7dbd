#pragma once

#include <cstdint>
#include <span>

#include "reference/f16.h"
#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.14: y[i] = x[index[i]]; indices lie inside x.
MatrixF gather_rows(const MatrixF& x, std::span<const std::int32_t> index);
MatrixF16 gather_rows(const MatrixF16& x, std::span<const std::int32_t> index);
Quantized gather_rows(const Quantized& x, std::span<const std::int32_t> index);

}  // namespace zerocl::reference
