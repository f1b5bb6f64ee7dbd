#include "reference/gelu_quantize.h"

#include "reference/quantize_tokens.h"

namespace zerocl::reference {

Quantized gelu_quantize(const MatrixF& x, GeluForm form, Index group) {
  return quantize_tokens(gelu_coarse(x, form), group);
}

}  // namespace zerocl::reference
