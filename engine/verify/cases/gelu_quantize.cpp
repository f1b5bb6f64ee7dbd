#include "host/ops/gelu_quantize.h"

#include <fmt/format.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/gelu_quantize.h"

namespace zerocl {
namespace {

class GeluQuantizeCase final : public RowCase {
 public:
  GeluQuantizeCase(RowShape shape, std::int64_t group, ops::CodesLayout layout, bool tanh_form,
                   Fill fill)
      : RowCase(
            "gelu_quantize",
            fmt::format("M={} K={} g={} {} {}", shape.rows, shape.cols, group, layout_name(layout),
                        tanh_form ? "tanh" : "erf"),
            f32_bytes(shape.rows, shape.cols) + code_matrix_bytes(shape.rows, shape.cols, group)),
        shape_(shape),
        group_(group),
        layout_(layout),
        tanh_form_(tanh_form),
        fill_(fill) {}

  std::vector<HostTensor> reference() const override {
    const auto form = tanh_form_ ? reference::GeluForm::tanh : reference::GeluForm::erf;
    std::vector<HostTensor> out;
    expected("q", reference::gelu_quantize(input(), form, group_), layout_, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input());
    q_ = allocate_codes(queue, shape_.rows, shape_.cols, group_, layout_);
  }

  void launch(Queue& queue) override {
    const auto form = tanh_form_ ? ops::GeluForm::tanh : ops::GeluForm::erf;
    ops::gelu_quantize(queue, x_.tensor, form, q_.view, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download(queue, "q", q_.view, out);
    return out;
  }

 private:
  reference::MatrixF input() const { return make_matrix(24, shape_.rows, shape_.cols, fill_); }

  RowShape shape_;
  std::int64_t group_;
  ops::CodesLayout layout_;
  bool tanh_form_;
  Fill fill_;
  std::string variant_;
  DeviceF32 x_;
  DeviceCodes q_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, std::int64_t group, bool tanh_form, Fill fill) {
    const ops::CodesLayout layout =
        grid == CaseGrid::bench ? ops::CodesLayout::i8 : layout_of_case(out.size());
    out.push_back(std::make_unique<GeluQuantizeCase>(shape, group, layout, tanh_form, fill));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(true))
      for (const bool tanh_form : {false, true}) add(shape, shape.cols, tanh_form, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid))
    for (const std::int64_t group : group_sizes(shape.cols, grid))
      add(shape, group, out.size() % 4 < 2, Fill::random);
  for (const RowShape& shape : special_shapes(grid))
    for (const std::int64_t group : group_sizes(shape.cols, grid))
      for (const bool tanh_form : {false, true}) add(shape, group, tanh_form, Fill::special);
  return out;
}

}  // namespace

KernelFamily gelu_quantize_family() {
  return {"gelu_quantize", portable_variant_names, cases};
}

}  // namespace zerocl
