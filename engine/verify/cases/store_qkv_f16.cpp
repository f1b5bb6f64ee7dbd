#include "host/ops/store_qkv_f16.h"

#include "engine/verify/cases/attention_case.h"
#include "engine/verify/cases/f16_case.h"
#include "reference/store_qkv_f16.h"

namespace zerocl {
namespace {

class StoreQkvF16Case final : public AttentionCase {
 public:
  explicit StoreQkvF16Case(AttentionBatch batch)
      : AttentionCase("store_qkv_f16", std::move(batch)) {}

  double operations() const override { return 0; }
  double bytes() const override { return 1.5 * f32_bytes(batch().rows(), 3 * batch().width()); }

  std::vector<HostTensor> reference() const override {
    const auto [q, k, v] = reference::store_qkv_f16(batch().packed_qkv());
    std::vector<HostTensor> out;
    expected_f16("q", q, ops::F16Layout::rows, out);
    expected_kv_f16(k, v, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::f16, variant);
    qkv_ = upload(queue, batch().packed_qkv());
    q_ = allocate_f16(queue, batch().rows(), batch().width(), ops::F16Layout::rows);
  }

  void launch(Queue& queue) override {
    ops::store_qkv_f16(queue, qkv_.tensor, device_.sequences, device_.shape, device_.layer, q_.view,
                       variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download_f16(queue, "q", q_.view, out);
    download_kv(queue, batch(), device_, out);
    return out;
  }

 private:
  DeviceF32 qkv_;
  DeviceF16 q_;
};

}  // namespace

KernelFamily store_qkv_f16_family() {
  return {"store_qkv_f16", portable_variant_names, attention_cases<StoreQkvF16Case>};
}

}  // namespace zerocl
