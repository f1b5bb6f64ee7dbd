#include "reference/attention_i8.h"

#include <cmath>

#include "engine/verify/cases/attention_i8_case.h"

namespace zerocl {
namespace {

template <class T>
std::vector<T> values(const reference::Matrix<T>& matrix) {
  return {matrix.data(), matrix.data() + matrix.size()};
}

class AttentionI8Case final : public AttentionI8Operands {
 public:
  explicit AttentionI8Case(AttentionBatch batch)
      : AttentionI8Operands("attention_i8", std::move(batch)) {}

  double bytes() const override {
    return operand_bytes() + f32_bytes(batch().rows(), batch().width());
  }

  std::vector<HostTensor> reference() const override {
    reference::MatrixF y(0, batch().width());
    for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
      const auto [q, k, v] = called(s);
      append_rows(y, reference::attention_i8(q, k, v, batch().sequences[s].position, batch().causal,
                                             batch().params().scale));
    }
    return {expected("y", y)};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    upload_operands(queue, variant);
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
  DeviceF32 y_;
};

// Numbers in place of NaN, so that rows get outputs: queries some of whose scores leave their grid,
// a few keys that score -infinity, and values beside which the others vanish.
void make_extreme(reference::QuantizedQkv& qkv) {
  const auto replace = [](reference::MatrixF& scales, float number) {
    for (float& scale : scales.reshaped())
      if (std::isnan(scale)) scale = number;
  };
  replace(qkv.q.scales, 0x1p3f);
  replace(qkv.v.scales, 0x1p90f);
  for (reference::Index i = 0; i < qkv.k.scales.size(); i += 7) qkv.k.scales.data()[i] = 0x1p106f;
}

}  // namespace

reference::QuantizedQkv AttentionI8Operands::quantized(std::size_t sequence) const {
  if (batch().fill == Fill::random || sequence % 2 == 0)
    return reference::quantize_qkv(batch().qkv(sequence), batch().heads);
  const AttentionBatch::Sequence& s = batch().sequences[sequence];
  const auto part = [&](std::uint64_t seed, Fill fill) {
    return make_quantized(seed + sequence, s.position + s.length, batch().width(),
                          batch().head_size, fill);
  };
  reference::QuantizedQkv out{part(2000, Fill::special), part(3000, Fill::random),
                              part(4000, Fill::special)};
  if (sequence % 4 == 3) make_extreme(out);
  return out;
}

reference::QuantizedQkv AttentionI8Operands::called(std::size_t sequence) const {
  auto [q, k, v] = quantized(sequence);
  const std::int64_t rows = batch().sequences[sequence].length;
  return {
      {q.codes.bottomRows(rows), q.scales.bottomRows(rows), q.group}, std::move(k), std::move(v)};
}

void AttentionI8Operands::upload_operands(Queue& queue, const std::string& variant) {
  variant_ = variant;
  device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::i8, variant);
  reference::Quantized packed{reference::MatrixI8(0, batch().width()),
                              reference::MatrixF(0, batch().heads), batch().head_size};
  for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
    const auto [q, k, v] = called(s);
    append_rows(packed.codes, q.codes);
    append_rows(packed.scales, q.scales);
    ops::write_kv(queue, device_.shape, device_.layer, batch().blocks(s), 0, k.codes.rows(),
                  {values(k.codes), values(v.codes), values(k.scales), values(v.scales), {}, {}});
  }
  q_ = upload(queue, packed, ops::attention_i8_input_layout(std::string_view(variant_)),
              CODES_STRIDE(batch().width()));
}

KernelFamily attention_i8_family() {
  const auto variants = [] { return variant_names(kAttentionI8Variants); };
  return {"attention_i8", variants, attention_cases<AttentionI8Case>};
}

}  // namespace zerocl
