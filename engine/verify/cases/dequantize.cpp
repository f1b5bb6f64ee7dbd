#include "host/ops/dequantize.h"

#include <fmt/format.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/dequantize.h"

namespace zerocl {
namespace {

class DequantizeCase final : public RowCase {
 public:
  // `tight`: rows without padding, as tables and weights are stored.
  DequantizeCase(RowShape shape, std::int64_t group, ops::CodesLayout layout, bool tight, Fill fill)
      : RowCase(
            "dequantize",
            fmt::format("M={} K={} g={} {}{}", shape.rows, shape.cols, group, layout_name(layout),
                        tight ? " tight" : ""),
            f32_bytes(shape.rows, shape.cols) + code_matrix_bytes(shape.rows, shape.cols, group)),
        shape_(shape),
        group_(group),
        layout_(layout),
        tight_(tight),
        fill_(fill) {}

  std::vector<HostTensor> reference() const override {
    return {expected("y", reference::dequantize(input()))};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input(), layout_,
                tight_ && layout_ != ops::CodesLayout::tiles
                    ? shape_.cols
                    : ops::codes_stride(layout_, shape_.cols));
    y_ = allocate_f32(queue, shape_.rows, shape_.cols);
  }

  void launch(Queue& queue) override { ops::dequantize(queue, x_.view, y_.tensor, variant_); }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "y", y_.tensor)};
  }

 private:
  reference::Quantized input() const {
    return make_quantized(23, shape_.rows, shape_.cols, group_, fill_);
  }

  RowShape shape_;
  std::int64_t group_;
  ops::CodesLayout layout_;
  bool tight_;
  Fill fill_;
  std::string variant_;
  DeviceCodes x_;
  DeviceF32 y_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, std::int64_t group, Fill fill) {
    const ops::CodesLayout layout =
        grid == CaseGrid::bench ? ops::CodesLayout::i8 : layout_of_case(out.size());
    out.push_back(
        std::make_unique<DequantizeCase>(shape, group, layout, out.size() % 2 == 1, fill));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(false)) add(shape, shape.cols, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid))
    for (const std::int64_t group : group_sizes(shape.cols, grid)) add(shape, group, Fill::random);
  for (const RowShape& shape : special_shapes(grid))
    for (const std::int64_t group : group_sizes(shape.cols, grid)) add(shape, group, Fill::special);
  return out;
}

}  // namespace

KernelFamily dequantize_family() {
  return {"dequantize", portable_variant_names, cases};
}

}  // namespace zerocl
