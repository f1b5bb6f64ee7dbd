#include "reference/linear_w8a8_gelu_quantize.h"

#include "reference/gelu_quantize.h"
#include "reference/linear_w8a8.h"

namespace zerocl::reference {

Quantized linear_w8a8_gelu_quantize(const Quantized& x, const Quantized& w,
                                    std::span<const float> bias, GeluForm form, Index group) {
  return gelu_quantize(linear_w8a8(x, w, bias), form, group);
}

}  // namespace zerocl::reference
