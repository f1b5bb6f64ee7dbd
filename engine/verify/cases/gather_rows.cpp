#include "host/ops/gather_rows.h"

#include <fmt/format.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/gather_rows.h"

namespace zerocl {
namespace {

// `shape` is y's; x has `from` rows.
class GatherRowsCase final : public RowCase {
 public:
  GatherRowsCase(RowShape shape, std::int32_t from, Fill fill)
      : RowCase("gather_rows", fmt::format("M={} of {} K={}", shape.rows, from, shape.cols),
                2 * f32_bytes(shape.rows, shape.cols) + f32_bytes(shape.rows, 1)),
        shape_(shape),
        from_(from),
        fill_(fill) {}

  std::vector<HostTensor> reference() const override {
    return {expected("y", reference::gather_rows(input(), index()))};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input());
    index_ = upload(queue, std::span<const std::int32_t>(index()));
    y_ = allocate_f32(queue, shape_.rows, shape_.cols);
  }

  void launch(Queue& queue) override {
    ops::gather_rows(queue, x_.tensor, index_, y_.tensor, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "y", y_.tensor)};
  }

 private:
  reference::MatrixF input() const { return make_matrix(51, from_, shape_.cols, fill_); }
  std::vector<std::int32_t> index() const { return make_indices(52, shape_.rows, from_); }

  RowShape shape_;
  std::int32_t from_;
  Fill fill_;
  std::string variant_;
  DeviceF32 x_, y_;
  Buffer index_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, std::int32_t from, Fill fill) {
    out.push_back(std::make_unique<GatherRowsCase>(shape, from, fill));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(false)) add(shape, 2048, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid)) add(shape, 5, Fill::random);
  for (const RowShape& shape : special_shapes(grid))
    add(shape, static_cast<std::int32_t>(special_row_kinds()), Fill::special);
  return out;
}

}  // namespace

KernelFamily gather_rows_family() {
  return {"gather_rows", portable_variant_names, cases};
}

}  // namespace zerocl
