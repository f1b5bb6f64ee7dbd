#pragma once

#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.4: y [M, K], each code times the scale of its row and group.
MatrixF dequantize(const Quantized& x);

}  // namespace zerocl::reference
