#include "host/ops/linear_f16_n16f25_store_qkv_f16.h"

#include <algorithm>

#include "engine/verify/cases/attention_case.h"
#include "engine/verify/cases/linear_f16_operands.h"
#include "reference/linear_f16_n16f25_store_qkv_f16.h"

namespace zerocl {
namespace {

// The batch's rows through a product of `inputs` halves.
class LinearF16StoreQkvF16Case final : public AttentionCase {
 public:
  LinearF16StoreQkvF16Case(AttentionBatch batch, std::int64_t inputs)
      : AttentionCase("linear_f16_n16f25_store_qkv_f16", std::move(batch)), inputs_(inputs) {}

  double operations() const override {
    return 2.0 * static_cast<double>(batch().rows() * 3 * batch().width() * inputs_);
  }
  double bytes() const override {
    return f16_matrix_bytes(batch().rows() + 3 * batch().width(), inputs_) +
           f32_bytes(1, 3 * batch().width()) +
           f16_matrix_bytes(batch().rows(), 3 * batch().width());
  }

  std::vector<HostTensor> reference() const override {
    const auto [q, k, v] = reference::linear_f16_n16f25_store_qkv_f16(x(), w(), bias());
    std::vector<HostTensor> out;
    expected_f16("q", q, ops::F16Layout::rows, out);
    expected_kv_f16(k, v, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    operands_ = upload_linear_f16(queue, variant, x(), w(), bias());
    device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::f16, "group");
    q_ = allocate_f16(queue, batch().rows(), batch().width(), ops::F16Layout::rows);
  }

  void launch(Queue& queue) override {
    ops::linear_f16_n16f25_store_qkv_f16(queue, operands_.x.view, operands_.weight,
                                         device_.sequences, device_.shape, device_.layer, q_.view);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download_f16(queue, "q", q_.view, out);
    download_kv(queue, batch(), device_, out);
    return out;
  }

 private:
  reference::MatrixF16 x() const {
    return reference::to_f16(make_matrix(64, batch().rows(), inputs_, batch().fill));
  }
  reference::MatrixF16 w() const {
    return reference::to_f16(make_matrix(65, 3 * batch().width(), inputs_, Fill::random));
  }
  std::vector<float> bias() const { return make_vector(66, 3 * batch().width(), 0.5f); }

  std::int64_t inputs_;
  LinearF16Operands operands_;
  DeviceF16 q_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const AttentionBatch& batch, std::int64_t inputs) {
    out.push_back(std::make_unique<LinearF16StoreQkvF16Case>(batch, inputs));
  };
  using Sequence = AttentionBatch::Sequence;
  if (grid == CaseGrid::bench) {
    for (const std::size_t count : {1, 8, 128})
      add({std::vector<Sequence>(count, {128, 0}), 12, 64, false}, 768);
    add({std::vector<Sequence>(128, {128, 0}), 16, 64, false}, 1024);
    return out;
  }
  const std::vector<Sequence> ragged = {{9, 0}, {1, 70}, {66, 0}, {5, 62}, {140, 30}};
  for (const std::int64_t size : {16, 32, 64, 80, 128})
    for (const Fill fill : {Fill::random, Fill::special})
      for (const std::int64_t heads : {1, 2, 5})
        add({ragged, heads, size, false, fill}, 40 + 33 * heads);
  add({{{1, 0}}, 2, 32, true}, 16);
  // Whole blocks of the cache beside parts of them, in tiles of every height; widths that are and
  // that are not a multiple of 64.
  const std::vector<Sequence> blocks = {{64, 0}, {128, 64}, {64, 1}, {33, 0}, {95, 33}, {130, 62}};
  for (const std::int64_t heads : {3, 4})
    for (const std::int64_t size : {32, 64, 80}) add({blocks, heads, size, false}, 72);
  if (grid == CaseGrid::full) {
    add({std::vector<Sequence>(70, {33, 5}), 12, 64, true}, 100);
    add({std::vector<Sequence>(40, {128, 0}), 12, 32, false}, 64);
  }
  return out;
}

// Heads of 64, sequences of up to 128 tokens.
KernelCases products(const LinearDims& dims) {
  KernelCases out;
  if (dims.outputs != 3 * dims.inputs || dims.inputs % 64 != 0) return out;
  AttentionBatch batch{{}, dims.inputs / 64, 64, false};
  for (std::int64_t left = dims.rows; left > 0; left -= 128)
    batch.sequences.push_back({std::min<std::int64_t>(left, 128), 0});
  out.push_back(std::make_unique<LinearF16StoreQkvF16Case>(batch, dims.inputs));
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearF16StoreQkvF16Variants);
}

}  // namespace

KernelFamily linear_f16_n16f25_store_qkv_f16_family() {
  return {"linear_f16_n16f25_store_qkv_f16", variants, cases, products};
}

}  // namespace zerocl
