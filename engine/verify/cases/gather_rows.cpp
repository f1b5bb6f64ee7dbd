#include "host/ops/gather_rows.h"

#include <fmt/format.h>

#include <optional>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/gather_rows.h"

namespace zerocl {
namespace {

// `shape` is that of each y; an x has `from` rows.
struct Problem {
  RowShape shape;
  std::int32_t from = 0;
  Fill fill = Fill::random;
  int f32 = 1, f16 = 0;  // matrices of each
  ops::F16Layout f16_layout = ops::F16Layout::rows;
  std::optional<ops::CodesLayout> codes = std::nullopt;

  std::string text() const {
    std::string out = fmt::format("M={} of {} K={}", shape.rows, from, shape.cols);
    if (f32 > 0) out += fmt::format(" {} f32", f32);
    if (f16 > 0) out += fmt::format(" {} f16 {}", f16, layout_name(f16_layout));
    if (codes) out += fmt::format(" codes {}", layout_name(*codes));
    return out;
  }
  double bytes() const {
    double out = f32_bytes(shape.rows, 1);
    out += 2 * f32 * f32_bytes(shape.rows, shape.cols);
    out += 2 * f16 * f16_matrix_bytes(shape.rows, shape.cols);
    if (codes) out += 2 * code_matrix_bytes(shape.rows, shape.cols, shape.cols);
    return out;
  }
};

class GatherRowsCase final : public RowCase {
 public:
  explicit GatherRowsCase(const Problem& problem)
      : RowCase("gather_rows", problem.text(), problem.bytes()), problem_(problem) {}

  std::vector<HostTensor> reference() const override {
    std::vector<HostTensor> out;
    for (int i = 0; i < problem_.f32; ++i)
      out.push_back(expected("y", reference::gather_rows(x(i), index())));
    for (int i = 0; i < problem_.f16; ++i)
      expected_f16("y16", reference::gather_rows(halves(i), index()), problem_.f16_layout, out);
    if (problem_.codes)
      expected("q", reference::gather_rows(codes(), index()), *problem_.codes, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    const auto [rows, cols] = problem_.shape;
    variant_ = variant;
    index_ = upload(queue, std::span<const std::int32_t>(index()));
    for (int i = 0; i < problem_.f32; ++i) {
      x_[i] = upload(queue, x(i));
      y_[i] = allocate_f32(queue, rows, cols);
    }
    for (int i = 0; i < problem_.f16; ++i) {
      x16_[i] = upload_f16(queue, halves(i), problem_.f16_layout);
      y16_[i] = allocate_f16(queue, rows, cols, problem_.f16_layout);
    }
    if (!problem_.codes) return;
    p_ = upload_padded(queue);
    q_ = allocate_codes(queue, rows, cols, cols, *problem_.codes);
  }

  void launch(Queue& queue) override {
    ops::GatherRows gather(index_, problem_.shape.rows);
    for (int i = 0; i < problem_.f32; ++i) gather.add(x_[i].tensor, y_[i].tensor);
    for (int i = 0; i < problem_.f16; ++i) gather.add(x16_[i].view, y16_[i].view);
    if (problem_.codes) gather.add(p_.view, q_.view);
    gather.launch(queue, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    for (int i = 0; i < problem_.f32; ++i) out.push_back(download(queue, "y", y_[i].tensor));
    for (int i = 0; i < problem_.f16; ++i) download_f16(queue, "y16", y16_[i].view, out);
    if (problem_.codes) download(queue, "q", q_.view, out);
    return out;
  }

 private:
  reference::MatrixF x(int i) const {
    return make_matrix(51 + 10 * static_cast<std::uint64_t>(i), problem_.from, problem_.shape.cols,
                       problem_.fill);
  }
  reference::MatrixF16 halves(int i) const { return reference::to_f16(x(i + 2)); }
  reference::Quantized codes() const {
    return make_quantized(53, problem_.from, problem_.shape.cols, problem_.shape.cols,
                          problem_.fill);
  }
  // The padding goes along: zeros, as producers leave it.
  DeviceCodes upload_padded(Queue& queue) const {
    const reference::Quantized narrow = codes();
    const std::int64_t cols = problem_.shape.cols;
    const std::int64_t stride = ops::codes_stride(*problem_.codes, cols);
    reference::Quantized wide{reference::MatrixI8::Zero(narrow.codes.rows(), stride), narrow.scales,
                              stride};
    wide.codes.leftCols(cols) = narrow.codes;
    DeviceCodes out = upload(queue, wide, *problem_.codes, stride);
    out.view.codes.cols = out.view.group = cols;
    return out;
  }
  std::vector<std::int32_t> index() const {
    return make_indices(52, problem_.shape.rows, problem_.from);
  }

  Problem problem_;
  std::string variant_;
  DeviceF32 x_[2], y_[2];
  DeviceF16 x16_[2], y16_[2];
  DeviceCodes p_, q_;
  Buffer index_;
};

// What is taken together: a matrix of floats, the context and the residual of an encoder in float,
// in f16 and in W8A8, and codes alone.
constexpr int kKinds = 5;
Problem problem_of(int kind, RowShape shape, std::int32_t from, Fill fill, std::size_t i) {
  Problem problem{.shape = shape, .from = from, .fill = fill};
  problem.f32 = kind == 0 ? 1 : kind == 1 ? 2 : 0;
  problem.f16 = kind == 2 ? 2 : kind == 3 ? 1 : 0;
  problem.f16_layout = f16_layout_of_case(i);
  if (kind >= 3) problem.codes = layout_of_case(i);
  return problem;
}

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](int kind, RowShape shape, std::int32_t from, Fill fill) {
    // Every layout for every kind, and in turn for a shape's.
    const std::size_t i = out.size() / kKinds + static_cast<std::size_t>(kind);
    out.push_back(std::make_unique<GatherRowsCase>(problem_of(kind, shape, from, fill, i)));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(false)) add(0, shape, 2048, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid))
    for (int kind = 0; kind < kKinds; ++kind) add(kind, shape, 5, Fill::random);
  const auto kinds_of_rows = static_cast<std::int32_t>(special_row_kinds());
  for (const RowShape& shape : special_shapes(grid))
    for (int kind = 0; kind < kKinds; ++kind) add(kind, shape, kinds_of_rows, Fill::special);
  return out;
}

}  // namespace

KernelFamily gather_rows_family() {
  return {"gather_rows", portable_variant_names, cases};
}

}  // namespace zerocl
