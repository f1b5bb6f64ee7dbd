#include "host/ops/top_k.h"

#include <fmt/format.h>

#include "cl_kernels/abi/top_k.h"  // TOP_K_MAX
#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/top_k.h"

namespace zerocl {
namespace {

class TopKCase final : public RowCase {
 public:
  TopKCase(RowShape shape, int k, Fill fill)
      : RowCase("top_k", fmt::format("M={} V={} k={}", shape.rows, shape.cols, k),
                f32_bytes(shape.rows, shape.cols) + 2 * f32_bytes(shape.rows, k)),
        shape_(shape),
        k_(k),
        fill_(fill) {}

  std::vector<HostTensor> reference() const override {
    const reference::TopK top = reference::top_k(input(), k_);
    return {
        expected("values", top.values),
        expected_i32("indices",
                     std::span(top.indices.data(), static_cast<std::size_t>(top.indices.size())),
                     shape_.rows, k_)};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input());
    values_ = allocate_f32(queue, shape_.rows, k_);
    indices_ = allocate_i32(queue, shape_.rows * k_);
  }

  void launch(Queue& queue) override {
    ops::top_k(queue, x_.tensor, k_, values_.buffer, indices_, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "values", values_.tensor),
            download_i32(queue, "indices", indices_, shape_.rows, k_)};
  }

 private:
  reference::MatrixF input() const { return make_matrix(55, shape_.rows, shape_.cols, fill_); }

  RowShape shape_;
  int k_;
  Fill fill_;
  std::string variant_;
  DeviceF32 x_, values_;
  Buffer indices_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, std::int64_t k, Fill fill) {
    out.push_back(std::make_unique<TopKCase>(shape, static_cast<int>(k), fill));
  };
  if (grid == CaseGrid::bench) {
    for (const std::int64_t rows : {1, 16})
      for (const std::int64_t cols : {16384, 30522, 50257, 250000})
        add({rows, cols}, 40, Fill::random);
    return out;
  }
  // Long rows with a large k only in the full grid: a simulator takes minutes for them.
  const auto add_sizes = [&](RowShape shape, Fill fill) {
    const bool all = grid == CaseGrid::full || shape.cols < 1000;
    for (const std::int64_t k : {1, 5, 40, TOP_K_MAX})
      if (k <= shape.cols && (all || k == 5)) add(shape, k, fill);
    if (shape.cols < TOP_K_MAX) add(shape, shape.cols, fill);
  };
  for (const RowShape& shape : row_shapes(grid)) add_sizes(shape, Fill::random);
  for (const RowShape& shape : special_shapes(grid)) add_sizes(shape, Fill::special);
  if (grid == CaseGrid::full) add({1, 70'000}, TOP_K_MAX, Fill::random);
  return out;
}

}  // namespace

KernelFamily top_k_family() {
  return {"top_k", portable_variant_names, cases};
}

}  // namespace zerocl
