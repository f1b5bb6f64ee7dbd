#include "reference/gelu_f16.h"

namespace zerocl::reference {

MatrixF16 gelu_f16(const MatrixF& x, GeluForm form) {
  return to_f16(gelu_fine(x, form));
}

}  // namespace zerocl::reference
