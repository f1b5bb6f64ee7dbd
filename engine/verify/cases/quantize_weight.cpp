#include "host/ops/quantize_weight.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/quantize_weight.h"

namespace zerocl {
namespace {

using Kind = ops::WeightGrouping::Kind;

std::string describe(const ops::WeightGrouping& grouping) {
  switch (grouping.kind) {
    case Kind::row_groups:
      return fmt::format("row-groups={}", grouping.count);
    case Kind::k_groups:
      return fmt::format("g={}", grouping.count);
    case Kind::per_row:
      break;
  }
  return "per-row";
}

// Rows and columns of the case are the weight's N and K.
class QuantizeWeightCase final : public RowCase {
 public:
  QuantizeWeightCase(RowShape shape, ops::WeightGrouping grouping, Fill fill)
      : RowCase("quantize_weight",
                fmt::format("N={} K={} {}", shape.rows, shape.cols, describe(grouping)),
                f32_bytes(shape.rows, shape.cols) +
                    code_matrix_bytes(shape.rows, shape.cols, shape.cols)),
        shape_(shape),
        grouping_(grouping),
        fill_(fill) {}

  std::vector<HostTensor> reference() const override {
    const reference::Quantized q = quantized();
    HostTensor codes = make_host_tensor("codes", DType::i8, shape_.rows, shape_.cols);
    std::memcpy(codes.data.data(), q.codes.data(), codes.data.size());
    return {std::move(codes), expected("scales", q.scales)};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    const ops::WeightScaleShape scales =
        ops::weight_scale_shape(shape_.rows, shape_.cols, grouping_);
    w_ = upload(queue, input());
    codes_ = allocate_i32(queue, (shape_.rows * shape_.cols + 3) / 4);
    scales_ = allocate_f32(queue, scales.rows, scales.cols);
  }

  void launch(Queue& queue) override {
    ops::quantize_weight(queue, w_.tensor, grouping_, codes_, scales_.buffer, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    HostTensor codes = make_host_tensor("codes", DType::i8, shape_.rows, shape_.cols);
    queue.read(codes_, std::span(codes.data));
    return {std::move(codes), download(queue, "scales", scales_.tensor)};
  }

 private:
  reference::MatrixF input() const { return make_matrix(22, shape_.rows, shape_.cols, fill_); }

  reference::Quantized quantized() const {
    switch (grouping_.kind) {
      case Kind::row_groups:
        return reference::quantize_weight_row_groups(input(), grouping_.count);
      case Kind::k_groups:
        return reference::quantize_weight_k_groups(input(), std::min(grouping_.count, shape_.cols));
      case Kind::per_row:
        break;
    }
    return reference::quantize_weight_per_row(input());
  }

  RowShape shape_;
  ops::WeightGrouping grouping_;
  Fill fill_;
  std::string variant_;
  DeviceF32 w_, scales_;
  Buffer codes_;
};

KernelCases cases(CaseGrid grid) {
  using Grouping = ops::WeightGrouping;
  KernelCases out;
  const auto add = [&](RowShape shape, Grouping grouping, Fill fill) {
    out.push_back(std::make_unique<QuantizeWeightCase>(shape, grouping, fill));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape shape : {RowShape{768, 768}, {3072, 768}, {768, 3072}})
      for (const Grouping& grouping :
           {Grouping::per_row(), Grouping::row_groups(48), Grouping::k_groups(128)})
        add(shape, grouping, Fill::random);
    return out;
  }
  for (const Fill fill : {Fill::random, Fill::special})
    for (const RowShape shape :
         {RowShape{1, 1}, {7, 5}, {16, 17}, {17, 64}, {33, 129}, {48, 300}}) {
      add(shape, Grouping::per_row(), fill);
      for (const std::int64_t groups : {1, 3, 5, 16, 48})
        add(shape, Grouping::row_groups(groups), fill);
      for (const std::int64_t inputs : {1, 16, 64, 1000})
        add(shape, Grouping::k_groups(inputs), fill);
    }
  if (grid == CaseGrid::full) add({768, 768}, Grouping::row_groups(50), Fill::random);
  return out;
}

}  // namespace

// Its kernels are those of quantize_tokens, whose injections and variants it shares.
KernelFamily quantize_weight_family() {
  return {"quantize_weight", portable_variant_names, cases};
}

}  // namespace zerocl
