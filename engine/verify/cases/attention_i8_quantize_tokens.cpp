#include "host/ops/attention_i8_quantize_tokens.h"

#include <fmt/format.h>

#include "engine/verify/cases/attention_i8_case.h"
#include "reference/attention_i8_quantize_tokens.h"

namespace zerocl {
namespace {

class AttentionI8QuantizeTokensCase final : public AttentionI8Operands {
 public:
  // `group`: columns that share a scale; 0: all.
  AttentionI8QuantizeTokensCase(AttentionBatch batch, ops::CodesLayout layout, std::int64_t group)
      : AttentionI8Operands("attention_i8_quantize_tokens", std::move(batch)),
        layout_(layout),
        group_(group == 0 ? this->batch().width() : group) {}

  std::string shape() const override {
    return fmt::format("{} g={} {}", batch().text(), group_, layout_name(layout_));
  }
  double bytes() const override {
    return operand_bytes() + code_matrix_bytes(batch().rows(), batch().width(), group_);
  }

  std::vector<HostTensor> reference() const override {
    const std::int64_t width = batch().width();
    reference::Quantized y{reference::MatrixI8(0, width), reference::MatrixF(0, width / group_),
                           group_};
    for (std::size_t s = 0; s < batch().sequences.size(); ++s) {
      const auto [q, k, v] = called(s);
      const reference::Quantized rows = reference::attention_i8_quantize_tokens(
          q, k, v, batch().sequences[s].position, batch().causal, batch().params().scale, group_);
      append_rows(y.codes, rows.codes);
      append_rows(y.scales, rows.scales);
    }
    std::vector<HostTensor> out;
    expected("y", y, layout_, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    upload_operands(queue, variant);
    y_ = allocate_codes(queue, batch().rows(), batch().width(), group_, layout_);
    meeting_ = {};
  }

  // Launches follow each other on one meeting, as in a model.
  void launch(Queue& queue) override {
    ops::attention_i8_quantize_tokens(queue, q_.view, device_.sequences, device_.shape,
                                      device_.layer, batch().params(), y_.view, meeting_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    launch(queue);  // a second time, on the memory that the first has left
    std::vector<HostTensor> out;
    download(queue, "y", y_.view, out);
    return out;
  }

 private:
  ops::CodesLayout layout_;
  std::int64_t group_;
  DeviceCodes y_;
  ops::RowMeeting meeting_;
};

// Whole tiles of codes: heads of 64 by twos, of 32 by fours.
KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const AttentionBatch& batch) {
    for (const std::int64_t group : {0, 128}) {
      if (group == batch.width()) continue;
      for (const ops::CodesLayout layout : {ops::CodesLayout::tiles, ops::CodesLayout::i8})
        if (grid != CaseGrid::bench || layout == ops::CodesLayout::tiles)
          out.push_back(std::make_unique<AttentionI8QuantizeTokensCase>(batch, layout, group));
    }
  };
  using Sequence = AttentionBatch::Sequence;
  struct Heads {
    std::int64_t count, size;
  };
  if (grid == CaseGrid::bench) {
    for (const std::size_t count : {1, 32, 128}) {
      add({std::vector<Sequence>(count, {128, 0}), 12, 64, false});
      add({std::vector<Sequence>(count, {128, 0}), 12, 32, false});
    }
    add({std::vector<Sequence>(128, {256, 0}), 12, 64, false});
    add({std::vector<Sequence>(128, {128, 0}), 16, 64, false});
    add({{{512, 0}}, 8, 64, true});
    return out;
  }
  // Tiles of 64 rows that begin and end anywhere, some with fewer rows than warps.
  const std::vector<Sequence> ragged = {{9, 0},   {1, 70}, {66, 0},  {5, 62},  {140, 30},
                                        {17, 47}, {1, 0},  {129, 0}, {64, 64}, {3, 127}};
  const std::vector<Sequence> special = {
      {special_row_kinds(), 0}, {70, 0}, {1, special_row_kinds() - 1}, {40, 50}, {9, 130}};
  for (const bool causal : {false, true}) {
    for (const Heads heads : {Heads{2, 64}, Heads{4, 32}, Heads{6, 64}, Heads{8, 32}}) {
      add({ragged, heads.count, heads.size, causal});
      add({special, heads.count, heads.size, causal, Fill::special});
    }
    add({{{1, 0}, {1, 70}, {1, 600}, {1, 63}}, 2, 64, causal});  // one token a sequence
    add({{{1, 0}}, 4, 32, causal});
    // Fewer units of work, a head of a tile each, than teams of 128 items on any device; more than
    // its compute units; more than its teams, which then begin units before they end others.
    add({{{70, 0}}, 6, 64, causal});
    add({std::vector<Sequence>(16, {5, 0}), 12, 64, causal});
    add({std::vector<Sequence>(75, {9, 60}), 12, 64, causal});
    if (grid != CaseGrid::full) continue;
    // The same with several blocks of keys.
    add({std::vector<Sequence>(70, {100, 5}), 12, 64, causal});
    add({std::vector<Sequence>(40, {128, 0}), 12, 32, causal});
    add({{{700, 0}, {1, 999}, {300, 333}}, 16, 64, causal});
  }
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kAttentionI8QuantizeTokensVariants);
}

}  // namespace

KernelFamily attention_i8_quantize_tokens_family() {
  return {"attention_i8_quantize_tokens", variants, cases};
}

}  // namespace zerocl
