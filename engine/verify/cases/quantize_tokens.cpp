#include "host/ops/quantize_tokens.h"

#include <fmt/format.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "host/ops/launch.h"  // row_warp_serves
#include "reference/quantize_tokens.h"

namespace zerocl {
namespace {

class QuantizeTokensCase final : public RowCase {
 public:
  QuantizeTokensCase(RowShape shape, std::int64_t group, ops::CodesLayout layout, Fill fill)
      : RowCase(
            "quantize_tokens",
            fmt::format("M={} K={} g={} {}", shape.rows, shape.cols, group, layout_name(layout)),
            f32_bytes(shape.rows, shape.cols) + code_matrix_bytes(shape.rows, shape.cols, group)),
        shape_(shape),
        group_(group),
        layout_(layout),
        fill_(fill) {}

  bool serves(const std::string& variant) const override {
    return variant != "warp" || ops::row_warp_serves(shape_.cols, group_);
  }

  std::vector<HostTensor> reference() const override {
    std::vector<HostTensor> out;
    expected("q", reference::quantize_tokens(input(), group_), layout_, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input());
    q_ = allocate_codes(queue, shape_.rows, shape_.cols, group_, layout_);
  }

  void launch(Queue& queue) override { ops::quantize_tokens(queue, x_.tensor, q_.view, variant_); }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download(queue, "q", q_.view, out);
    return out;
  }

 private:
  reference::MatrixF input() const { return make_matrix(21, shape_.rows, shape_.cols, fill_); }

  RowShape shape_;
  std::int64_t group_;
  ops::CodesLayout layout_;
  Fill fill_;
  std::string variant_;
  DeviceF32 x_;
  DeviceCodes q_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, std::int64_t group, Fill fill) {
    const ops::CodesLayout layout =
        grid == CaseGrid::bench ? ops::CodesLayout::i8 : layout_of_case(out.size());
    out.push_back(std::make_unique<QuantizeTokensCase>(shape, group, layout, fill));
  };
  if (grid == CaseGrid::bench) {
    for (const bool wide : {false, true})
      for (const RowShape& shape : bench_shapes(wide))
        for (const std::int64_t group : {shape.cols, std::int64_t{128}})
          add(shape, group, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid))
    for (const std::int64_t group : group_sizes(shape.cols, grid)) add(shape, group, Fill::random);
  for (const RowShape& shape : special_shapes(grid))
    for (const std::int64_t group : group_sizes(shape.cols, grid)) add(shape, group, Fill::special);
  return out;
}

}  // namespace

KernelFamily quantize_tokens_family() {
  return {"quantize_tokens", row_variant_names, cases};
}

}  // namespace zerocl
