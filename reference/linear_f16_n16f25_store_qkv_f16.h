#pragma once

#include <span>

#include "reference/store_qkv_f16.h"

namespace zerocl::reference {

// NUMERICS.md 3.25: the composition that the name spells.
QkvF16 linear_f16_n16f25_store_qkv_f16(const MatrixF16& x, const MatrixF16& w,
                                       std::span<const float> bias);

}  // namespace zerocl::reference
