#include "reference/linear_f16_n16f25_gelu_f16.h"

#include "reference/linear_f16_n16f25.h"

namespace zerocl::reference {

MatrixF16 linear_f16_n16f25_gelu_f16(const MatrixF16& x, const MatrixF16& w,
                                     std::span<const float> bias, GeluForm form) {
  return gelu_f16(linear_f16_n16f25(x, w, bias), form);
}

}  // namespace zerocl::reference
