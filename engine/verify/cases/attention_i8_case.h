#pragma once

#include <string>

#include "engine/verify/cases/attention_case.h"
#include "reference/quantize_qkv.h"

namespace zerocl {

// Operands of attention_i8 and of what begins with it: keys, values and queries of the sequences
// are put into the cache by the host, so that the operator stands alone.
class AttentionI8Operands : public AttentionCase {
 public:
  double operations() const final {
    return 4 * batch().pairs() * static_cast<double>(batch().head_size);
  }

 protected:
  using AttentionCase::AttentionCase;

  // Queries, keys and values of a sequence, all of its tokens. Special batches have codes at both
  // ends and scales that no quantization gives together.
  reference::QuantizedQkv quantized(std::size_t sequence) const;
  // The same with the queries of this call alone.
  reference::QuantizedQkv called(std::size_t sequence) const;
  // Fills device_ and q_ for a variant.
  void upload_operands(Queue& queue, const std::string& variant);
  double operand_bytes() const {
    return code_matrix_bytes(batch().rows() + 2 * batch().keys(), batch().width(),
                             batch().head_size);
  }

  DeviceCodes q_;
};

}  // namespace zerocl
