#include "reference/attention_f32.h"

#include "engine/verify/cases/attention_case.h"
#include "host/ops/attention_f32.h"

namespace zerocl {
namespace {

// Keys and values of the sequences are put into the cache by the host, so that the operator stands
// alone.
class AttentionF32Case final : public AttentionCase {
 public:
  explicit AttentionF32Case(AttentionBatch batch)
      : AttentionCase("attention_f32", std::move(batch)) {}

  double operations() const override {
    return 4 * batch().pairs() * static_cast<double>(batch().head_size);
  }
  double bytes() const override {
    return f32_bytes(2 * batch().rows() + 2 * batch().keys(), batch().width());
  }

  std::vector<HostTensor> reference() const override {
    reference::MatrixF y(0, batch().width());
    for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
      const AttentionBatch::Sequence& sequence = batch().sequences[s];
      const reference::MatrixF q = part(s, 0).bottomRows(sequence.length);
      append_rows(
          y, reference::attention_f32(q, part(s, 1), part(s, 2), batch().heads, sequence.position,
                                      batch().causal, batch().params().scale));
    }
    return {expected("y", y)};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::f32, variant);
    for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
      const reference::MatrixF keys = part(s, 1), values = part(s, 2);
      ops::write_kv(queue, device_.shape, device_.layer, batch().blocks(s), 0, keys.rows(),
                    {{},
                     {},
                     {},
                     {},
                     {keys.data(), keys.data() + keys.size()},
                     {values.data(), values.data() + values.size()}});
    }
    qkv_ = upload(queue, batch().packed_qkv());
    y_ = allocate_f32(queue, batch().rows(), batch().width());
  }

  void launch(Queue& queue) override {
    ops::attention_f32(queue, qkv_.tensor, device_.sequences, device_.shape, device_.layer,
                       batch().params(), y_.tensor, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "y", y_.tensor)};
  }

 private:
  // Queries, keys or values of a sequence, earlier calls' included.
  reference::MatrixF part(std::size_t sequence, std::int64_t index) const {
    return batch().qkv(sequence).middleCols(index * batch().width(), batch().width());
  }

  DeviceF32 qkv_, y_;
};

}  // namespace

KernelFamily attention_f32_family() {
  return {"attention_f32", portable_variant_names, attention_cases<AttentionF32Case>};
}

}  // namespace zerocl
