#include "host/ops/gelu_f16.h"

#include <fmt/format.h>

#include <memory>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/gelu_f16.h"

namespace zerocl {
namespace {

class GeluF16Case final : public RowCase {
 public:
  GeluF16Case(RowShape shape, Fill fill, bool tanh_form, ops::F16Layout layout)
      : RowCase("gelu_f16",
                fmt::format("M={} K={} {} {}", shape.rows, shape.cols, tanh_form ? "tanh" : "erf",
                            layout_name(layout)),
                f32_bytes(shape.rows, shape.cols) + f16_matrix_bytes(shape.rows, shape.cols)),
        shape_(shape),
        fill_(fill),
        tanh_form_(tanh_form),
        layout_(layout) {}

  std::vector<HostTensor> reference() const override {
    std::vector<HostTensor> out;
    expected_f16("y",
                 reference::gelu_f16(
                     input(), tanh_form_ ? reference::GeluForm::tanh : reference::GeluForm::erf),
                 layout_, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input());
    y_ = allocate_f16(queue, shape_.rows, shape_.cols, layout_);
  }

  void launch(Queue& queue) override {
    ops::gelu_f16(queue, x_.tensor, tanh_form_ ? ops::GeluForm::tanh : ops::GeluForm::erf, y_.view,
                  variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download_f16(queue, "y", y_.view, out);
    return out;
  }

 private:
  reference::MatrixF input() const { return make_matrix(45, shape_.rows, shape_.cols, fill_); }

  RowShape shape_;
  Fill fill_;
  bool tanh_form_;
  ops::F16Layout layout_;
  std::string variant_;
  DeviceF32 x_;
  DeviceF16 y_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, Fill fill) {
    const std::size_t i = out.size();
    const bool tanh_form = grid != CaseGrid::bench && i % 3 == 2;
    out.push_back(std::make_unique<GeluF16Case>(shape, fill, tanh_form, f16_layout_of_case(i)));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(true)) add(shape, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid)) add(shape, Fill::random);
  for (const RowShape& shape : special_shapes(grid))
    for (int repeat = 0; repeat < 2; ++repeat) add(shape, Fill::special);
  return out;
}

}  // namespace

KernelFamily gelu_f16_family() {
  return {"gelu_f16", portable_variant_names, cases};
}

}  // namespace zerocl
