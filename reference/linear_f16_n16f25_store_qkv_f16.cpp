#include "reference/linear_f16_n16f25_store_qkv_f16.h"

#include "reference/linear_f16_n16f25.h"

namespace zerocl::reference {

QkvF16 linear_f16_n16f25_store_qkv_f16(const MatrixF16& x, const MatrixF16& w,
                                       std::span<const float> bias) {
  return store_qkv_f16(linear_f16_n16f25(x, w, bias));
}

}  // namespace zerocl::reference
