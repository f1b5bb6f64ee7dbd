#pragma once

#include "reference/f16.h"
#include "reference/gelu.h"  // GeluForm

namespace zerocl::reference {

// NUMERICS.md 3.21: the composition that the name spells.
MatrixF16 gelu_f16(const MatrixF& x, GeluForm form);

}  // namespace zerocl::reference
