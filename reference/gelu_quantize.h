#pragma once

#include "reference/gelu.h"  // GeluForm
#include "reference/matrix.h"

namespace zerocl::reference {

// NUMERICS.md 3.9: quantize_tokens(gelu_coarse(x)).
Quantized gelu_quantize(const MatrixF& x, GeluForm form, Index group);

}  // namespace zerocl::reference
