#include "host/ops/linear_w8a8_quantize_qkv.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/verify/cases/attention_case.h"
#include "engine/verify/cases/linear_w8a8_operands.h"
#include "reference/linear_w8a8_quantize_qkv.h"

namespace zerocl {
namespace {

// Codes along K and the groups of x and w, which are K or multiples of 128.
struct Inputs {
  std::int64_t count = 0, x_group = 0, w_group = 0;  // groups: 0 stands for K
};

// The batch's rows through a product of so many codes.
class LinearW8A8QuantizeQkvCase final : public AttentionCase {
 public:
  LinearW8A8QuantizeQkvCase(AttentionBatch batch, const Inputs& inputs)
      : AttentionCase("linear_w8a8_quantize_qkv", std::move(batch)),
        inputs_(inputs.count),
        x_group_(inputs.x_group == 0 ? inputs_ : std::min(inputs.x_group, inputs_)),
        w_group_(inputs.w_group == 0 ? inputs_ : std::min(inputs.w_group, inputs_)) {}

  std::string shape() const override {
    return fmt::format("{} K={} gx={} gw={}", batch().text(), inputs_, x_group_, w_group_);
  }
  double operations() const override {
    return 2.0 * static_cast<double>(batch().rows() * 3 * batch().width() * inputs_);
  }
  double bytes() const override {
    return code_matrix_bytes(batch().rows(), inputs_, x_group_) +
           code_matrix_bytes(3 * batch().width(), inputs_, w_group_) +
           f32_bytes(1, 3 * batch().width()) +
           code_matrix_bytes(batch().rows(), 3 * batch().width(), batch().head_size);
  }

  std::vector<HostTensor> reference() const override {
    const auto [q, k, v] = reference::linear_w8a8_quantize_qkv(x(), w(), bias(), batch().heads);
    std::vector<HostTensor> out;
    expected("q", q, ops::CodesLayout::i8, out);
    expected_kv(k, v, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    operands_ = upload_linear_w8a8(queue, variant, x(), w(), bias());
    device_ = make_device_attention(queue, batch(), ops::KvCacheShape::Type::i8, "group");
    q_ = allocate_codes(queue, batch().rows(), batch().width(), batch().head_size,
                        ops::CodesLayout::i8);
  }

  void launch(Queue& queue) override {
    ops::linear_w8a8_quantize_qkv(queue, operands_.x.view, operands_.weight, device_.sequences,
                                  device_.shape, device_.layer, q_.view);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download(queue, "q", q_.view, out);
    download_kv(queue, batch(), device_, out);
    return out;
  }

 private:
  reference::Quantized x() const {
    return make_quantized(61, batch().rows(), inputs_, x_group_, batch().fill);
  }
  reference::Quantized w() const {
    return make_quantized(62, 3 * batch().width(), inputs_, w_group_, batch().fill);
  }
  std::vector<float> bias() const { return make_vector(63, 3 * batch().width(), 0.5f); }

  std::int64_t inputs_, x_group_, w_group_;
  LinearW8A8Operands operands_;
  DeviceCodes q_;
};

std::vector<Inputs> grouped(std::int64_t count) {
  return {{count, 128, 0}, {count, 0, 128}, {count, 128, 128}, {count, 256, 128}};
}

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const AttentionBatch& batch, const Inputs& inputs) {
    out.push_back(std::make_unique<LinearW8A8QuantizeQkvCase>(batch, inputs));
  };
  using Sequence = AttentionBatch::Sequence;
  if (grid == CaseGrid::bench) {
    for (const std::int64_t x_group : {0, 128})
      for (const std::int64_t w_group : {0, 128}) {
        for (const std::size_t count : {1, 8, 128})
          add({std::vector<Sequence>(count, {128, 0}), 12, 64, false}, {768, x_group, w_group});
        add({std::vector<Sequence>(128, {128, 0}), 16, 64, false}, {1024, x_group, w_group});
      }
    return out;
  }
  const std::vector<Sequence> ragged = {{9, 0}, {1, 70}, {66, 0}, {5, 62}, {140, 30}};
  for (const std::int64_t size : {32, 64, 128})
    for (const Fill fill : {Fill::random, Fill::special})
      for (const std::int64_t heads : {2, 5})
        if (heads * size % 64 == 0) {
          add({ragged, heads, size, false, fill}, {40 + 33 * heads});
          for (const Inputs& inputs : grouped(200 + 100 * heads))
            add({ragged, heads, size, false, fill}, inputs);
        }
  add({{{1, 0}}, 2, 32, true}, {16});
  add({{{1, 0}}, 2, 32, true}, {130, 128, 0});
  for (const Inputs& inputs : {Inputs{106}, Inputs{300, 128, 0}, Inputs{256, 128, 128}})
    add({{{64, 0}, {128, 64}}, 2, 128, false}, inputs);  // whole blocks of the cache
  if (grid == CaseGrid::full)
    for (const Inputs& groups : {Inputs{}, Inputs{0, 128, 0}, Inputs{0, 128, 128}}) {
      const auto of = [&](std::int64_t count) {
        return Inputs{count, groups.x_group, groups.w_group};
      };
      add({std::vector<Sequence>(70, {33, 5}), 12, 64, true}, of(768));
      add({std::vector<Sequence>(20, {128, 0}), 12, 64, false}, of(768));
      add({std::vector<Sequence>(40, {128, 0}), 12, 32, false}, of(384));
      add({std::vector<Sequence>(9, {257, 3}), 8, 128, true}, of(1024));
    }
  return out;
}

// Heads of 64, sequences of up to 128 tokens; a scale a row, and in groups of 128.
KernelCases products(const LinearDims& dims) {
  KernelCases out;
  if (dims.outputs != 3 * dims.inputs || dims.inputs % 64 != 0) return out;
  AttentionBatch batch{{}, dims.inputs / 64, 64, false};
  for (std::int64_t left = dims.rows; left > 0; left -= 128)
    batch.sequences.push_back({std::min<std::int64_t>(left, 128), 0});
  for (const std::int64_t x_group : {0, 128})
    out.push_back(std::make_unique<LinearW8A8QuantizeQkvCase>(batch, Inputs{dims.inputs, x_group}));
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearW8A8QuantizeQkvVariants);
}

}  // namespace

KernelFamily linear_w8a8_quantize_qkv_family() {
  return {"linear_w8a8_quantize_qkv", variants, cases, products};
}

}  // namespace zerocl
