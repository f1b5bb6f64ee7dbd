#include "reference/quantize_qkv.h"

#include "engine/verify/cases/attention_case.h"
#include "host/ops/quantize_qkv.h"

namespace zerocl {
namespace {

class QuantizeQkvCase final : public AttentionCase {
 public:
  explicit QuantizeQkvCase(AttentionBatch batch)
      : AttentionCase("quantize_qkv", std::move(batch)) {}

  double operations() const override { return 0; }
  double bytes() const override {
    return f32_bytes(batch().rows(), 3 * batch().width()) +
           code_matrix_bytes(batch().rows(), 3 * batch().width(), batch().head_size);
  }

  std::vector<HostTensor> reference() const override {
    const auto [q, k, v] = reference::quantize_qkv(batch().packed_qkv(), batch().heads);
    std::vector<HostTensor> out;
    expected("q", q, ops::CodesLayout::i8, out);
    expected_kv(k, v, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::i8, variant);
    qkv_ = upload(queue, batch().packed_qkv());
    q_ = allocate_codes(queue, batch().rows(), batch().width(), batch().head_size,
                        ops::attention_i8_input_layout(std::string_view(variant_)));
  }

  void launch(Queue& queue) override {
    ops::quantize_qkv(queue, qkv_.tensor, device_.sequences, device_.shape, device_.layer, q_.view,
                      variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download(queue, "q", q_.view, out);
    download_kv(queue, batch(), device_, out);
    return out;
  }

 private:
  DeviceF32 qkv_;
  DeviceCodes q_;
};

}  // namespace

KernelFamily quantize_qkv_family() {
  return {"quantize_qkv", portable_variant_names, attention_cases<QuantizeQkvCase>};
}

}  // namespace zerocl
