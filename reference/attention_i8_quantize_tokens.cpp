#include "reference/attention_i8_quantize_tokens.h"

#include "reference/attention_i8.h"
#include "reference/quantize_tokens.h"

namespace zerocl::reference {

Quantized attention_i8_quantize_tokens(const Quantized& q, const Quantized& keys,
                                       const Quantized& values, Index position, bool causal,
                                       float scale, Index group) {
  return quantize_tokens(attention_i8(q, keys, values, position, causal, scale), group);
}

}  // namespace zerocl::reference
