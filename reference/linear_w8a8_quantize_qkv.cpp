#include "reference/linear_w8a8_quantize_qkv.h"

#include "reference/linear_w8a8.h"

namespace zerocl::reference {

QuantizedQkv linear_w8a8_quantize_qkv(const Quantized& x, const Quantized& w,
                                      std::span<const float> bias, Index heads) {
  return quantize_qkv(linear_w8a8(x, w, bias), heads);
}

}  // namespace zerocl::reference
