#include "host/ops/store_kv.h"

#include "engine/verify/cases/attention_case.h"
#include "reference/store_kv.h"

namespace zerocl {
namespace {

class StoreKvCase final : public AttentionCase {
 public:
  explicit StoreKvCase(AttentionBatch batch) : AttentionCase("store_kv", std::move(batch)) {}

  double operations() const override { return 0; }
  double bytes() const override { return 2 * f32_bytes(batch().rows(), 2 * batch().width()); }

  std::vector<HostTensor> reference() const override {
    const auto [keys, values] = reference::store_kv(batch().packed_qkv());
    return {expected("keys", keys), expected("values", values)};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::f32, variant);
    qkv_ = upload(queue, batch().packed_qkv());
  }

  void launch(Queue& queue) override {
    ops::store_kv(queue, qkv_.tensor, device_.sequences, device_.shape, device_.layer, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download_kv(queue, batch(), device_, out);
    return out;
  }

 private:
  DeviceF32 qkv_;
};

}  // namespace

KernelFamily store_kv_family() {
  return {"store_kv", portable_variant_names, attention_cases<StoreKvCase>};
}

}  // namespace zerocl
