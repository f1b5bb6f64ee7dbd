#include "host/ops/argmax.h"

#include <fmt/format.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/argmax.h"

namespace zerocl {
namespace {

class ArgmaxCase final : public RowCase {
 public:
  ArgmaxCase(RowShape shape, Fill fill)
      : RowCase("argmax", fmt::format("M={} V={}", shape.rows, shape.cols),
                f32_bytes(shape.rows, shape.cols) + f32_bytes(shape.rows, 1)),
        shape_(shape),
        fill_(fill) {}

  std::vector<HostTensor> reference() const override {
    return {expected_i32("index", reference::argmax(input()), shape_.rows, 1)};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input());
    out_ = allocate_i32(queue, shape_.rows);
  }

  void launch(Queue& queue) override { ops::argmax(queue, x_.tensor, out_, variant_); }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download_i32(queue, "index", out_, shape_.rows, 1)};
  }

 private:
  reference::MatrixF input() const { return make_matrix(54, shape_.rows, shape_.cols, fill_); }

  RowShape shape_;
  Fill fill_;
  std::string variant_;
  DeviceF32 x_;
  Buffer out_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, Fill fill) {
    out.push_back(std::make_unique<ArgmaxCase>(shape, fill));
  };
  if (grid == CaseGrid::bench) {
    for (const std::int64_t rows : {1, 16, 128})
      for (const std::int64_t cols : {16384, 30522, 50257, 250000})
        if (rows * cols < 20'000'000) add({rows, cols}, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid)) add(shape, Fill::random);
  for (const RowShape& shape : special_shapes(grid)) add(shape, Fill::special);
  if (grid == CaseGrid::full) add({2, 250'001}, Fill::random);
  return out;
}

}  // namespace

KernelFamily argmax_family() {
  return {"argmax", portable_variant_names, cases};
}

}  // namespace zerocl
