#include "reference/attention_f16_n16f25.h"

#include "engine/verify/cases/attention_case.h"
#include "engine/verify/cases/f16_case.h"
#include "host/ops/attention_f16_n16f25.h"

namespace zerocl {
namespace {

// Keys and values of the sequences are put into the cache by the host, so that the operator stands
// alone.
class AttentionF16Case final : public AttentionCase {
 public:
  explicit AttentionF16Case(AttentionBatch batch)
      : AttentionCase("attention_f16_n16f25", std::move(batch)) {}

  bool serves(const std::string& variant) const override {
    return ops::attention_f16_n16f25_serves(variant, batch().head_size, batch().causal);
  }
  double operations() const override {
    return 4 * batch().pairs() * static_cast<double>(batch().head_size);
  }
  double bytes() const override {
    return f16_matrix_bytes(2 * batch().rows() + 2 * batch().keys(), batch().width());
  }

  std::vector<HostTensor> reference() const override {
    reference::MatrixF16 y(0, batch().width());
    for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
      const AttentionBatch::Sequence& sequence = batch().sequences[s];
      const reference::MatrixF16 q = part(s, 0).bottomRows(sequence.length);
      append_rows(y, reference::attention_f16_n16f25(q, part(s, 1), part(s, 2), batch().heads,
                                                     sequence.position, batch().causal,
                                                     batch().params().scale));
    }
    std::vector<HostTensor> out;
    expected_f16("y", y, layout(), out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::f16, variant);
    reference::MatrixF16 q(0, batch().width());
    for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
      const reference::MatrixF16 keys = part(s, 1), values = part(s, 2);
      ops::KvRows rows;
      rows.key_halves.assign(keys.data(), keys.data() + keys.size());
      rows.value_halves.assign(values.data(), values.data() + values.size());
      ops::write_kv(queue, device_.shape, device_.layer, batch().blocks(s), 0, keys.rows(), rows);
      append_rows<std::uint16_t>(q, part(s, 0).bottomRows(batch().sequences[s].length));
    }
    q_ = upload_f16(queue, q, ops::F16Layout::rows);
    y_ = allocate_f16(queue, batch().rows(), batch().width(), layout());
  }

  void launch(Queue& queue) override {
    ops::attention_f16_n16f25(queue, q_.view, device_.sequences, device_.shape, device_.layer,
                              batch().params(), y_.view, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download_f16(queue, "y", y_.view, out);
    return out;
  }

 private:
  // Both layouts meet all kinds of batches.
  ops::F16Layout layout() const { return f16_layout_of_case(batch().sequences.size()); }
  // Queries, keys or values of a sequence, earlier calls' included.
  reference::MatrixF16 part(std::size_t sequence, std::int64_t index) const {
    return reference::to_f16(
        batch().qkv(sequence).middleCols(index * batch().width(), batch().width()));
  }

  DeviceF16 q_, y_;
};

std::vector<std::string> variants() {
  return variant_names(kAttentionF16Variants);
}

}  // namespace

KernelFamily attention_f16_n16f25_family() {
  return {"attention_f16_n16f25", variants, attention_cases<AttentionF16Case>};
}

}  // namespace zerocl
