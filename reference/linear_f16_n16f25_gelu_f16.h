#pragma once

#include <span>

#include "reference/gelu_f16.h"

namespace zerocl::reference {

// NUMERICS.md 3.25: the composition that the name spells.
MatrixF16 linear_f16_n16f25_gelu_f16(const MatrixF16& x, const MatrixF16& w,
                                     std::span<const float> bias, GeluForm form);

}  // namespace zerocl::reference
