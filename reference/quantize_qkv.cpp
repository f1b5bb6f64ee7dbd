#include "reference/quantize_qkv.h"

#include "reference/quantize_tokens.h"

namespace zerocl::reference {

QuantizedQkv quantize_qkv(const MatrixF& qkv, Index heads) {
  const Index width = qkv.cols() / 3, head_size = width / heads;
  const auto part = [&](Index i) {
    return quantize_tokens(qkv.middleCols(i * width, width), head_size);
  };
  return {part(0), part(1), part(2)};
}

}  // namespace zerocl::reference
