#include "reference/attention_i8.h"

#include "engine/verify/cases/attention_case.h"
#include "reference/quantize_qkv.h"

namespace zerocl {
namespace {

// Keys, values and queries of the sequences are put into the cache by the host, so that the
// operator stands alone.
class AttentionI8Case final : public AttentionCase {
 public:
  explicit AttentionI8Case(AttentionBatch batch)
      : AttentionCase("attention_i8", std::move(batch)) {}

  double operations() const override {
    return 4 * batch().pairs() * static_cast<double>(batch().head_size);
  }
  double bytes() const override {
    return code_matrix_bytes(batch().rows() + 2 * batch().keys(), batch().width(),
                             batch().head_size) +
           f32_bytes(batch().rows(), batch().width());
  }

  std::vector<HostTensor> reference() const override {
    reference::MatrixF y(0, batch().width());
    for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
      const auto [q, k, v] = quantized(s);
      append_rows(y, reference::attention_i8(last_rows(q, batch().sequences[s].length), k, v,
                                             batch().sequences[s].position, batch().causal,
                                             batch().params().scale));
    }
    return {expected("y", y)};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::i8, variant);
    reference::Quantized packed{reference::MatrixI8(0, batch().width()),
                                reference::MatrixF(0, batch().heads), batch().head_size};
    for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
      const auto [q, k, v] = quantized(s);
      const reference::Quantized rows = last_rows(q, batch().sequences[s].length);
      append_rows(packed.codes, rows.codes);
      append_rows(packed.scales, rows.scales);
      ops::write_kv(queue, device_.shape, device_.layer, batch().blocks(s), 0, k.codes.rows(),
                    {values(k.codes), values(v.codes), values(k.scales), values(v.scales), {}, {}});
    }
    q_ = upload(queue, packed, ops::attention_i8_input_layout(std::string_view(variant_)),
                CODES_STRIDE(batch().width()));
    y_ = allocate_f32(queue, batch().rows(), batch().width());
  }

  void launch(Queue& queue) override {
    ops::attention_i8(queue, q_.view, device_.sequences, device_.shape, device_.layer,
                      batch().params(), y_.tensor, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "y", y_.tensor)};
  }

 private:
  static reference::Quantized last_rows(const reference::Quantized& matrix, std::int64_t rows) {
    return {matrix.codes.bottomRows(rows), matrix.scales.bottomRows(rows), matrix.group};
  }
  template <class T>
  static std::vector<T> values(const reference::Matrix<T>& matrix) {
    return {matrix.data(), matrix.data() + matrix.size()};
  }

  // Special batches have codes at both ends and scales that no quantization gives together.
  reference::QuantizedQkv quantized(std::size_t sequence) const {
    if (batch().fill == Fill::random || sequence % 2 == 0)
      return reference::quantize_qkv(batch().qkv(sequence), batch().heads);
    const AttentionBatch::Sequence& s = batch().sequences[sequence];
    const auto part = [&](std::uint64_t seed, Fill fill) {
      return make_quantized(seed + sequence, s.position + s.length, batch().width(),
                            batch().head_size, fill);
    };
    return {part(2000, Fill::special), part(3000, Fill::random), part(4000, Fill::special)};
  }

  DeviceCodes q_;
  DeviceF32 y_;
};

}  // namespace

KernelFamily attention_i8_family() {
  const auto variants = [] { return variant_names(kAttentionI8Variants); };
  return {"attention_i8", variants, attention_cases<AttentionI8Case>};
}

}  // namespace zerocl
