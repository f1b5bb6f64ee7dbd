#include "engine/verify/cases/elementwise_case.h"

#include <fmt/format.h>

namespace zerocl {
namespace {

class ElementwiseCase final : public RowCase {
 public:
  ElementwiseCase(const Elementwise& function, RowShape shape, Fill fill, bool in_place)
      : RowCase(function.op,
                fmt::format("M={} K={}{}{}", shape.rows, shape.cols, function.attribute,
                            in_place ? " y=x" : ""),
                2 * f32_bytes(shape.rows, shape.cols)),
        function_(function),
        shape_(shape),
        fill_(fill),
        in_place_(in_place) {}

  std::vector<HostTensor> reference() const override {
    return {expected("y", function_.reference(input()))};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input());
    own_y_ = allocate_f32(queue, shape_.rows, shape_.cols);
    y_ = in_place_ ? x_.tensor : own_y_.tensor;
  }

  void launch(Queue& queue) override { function_.launch(queue, x_.tensor, y_, variant_); }

  std::vector<HostTensor> outputs(Queue& queue) override { return {download(queue, "y", y_)}; }

 private:
  reference::MatrixF input() const { return make_matrix(41, shape_.rows, shape_.cols, fill_); }

  Elementwise function_;
  RowShape shape_;
  Fill fill_;
  bool in_place_;
  std::string variant_;
  DeviceF32 x_, own_y_;
  Tensor y_;
};

}  // namespace

void add_elementwise_cases(CaseGrid grid, const Elementwise& function, KernelCases& out) {
  const auto add = [&](RowShape shape, Fill fill) {
    const bool in_place = grid != CaseGrid::bench && out.size() % 2 == 1;
    out.push_back(std::make_unique<ElementwiseCase>(function, shape, fill, in_place));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(true)) add(shape, Fill::random);
    return;
  }
  for (const RowShape& shape : row_shapes(grid)) add(shape, Fill::random);
  for (const RowShape& shape : special_shapes(grid)) add(shape, Fill::special);
}

}  // namespace zerocl
