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
  bool f32 = true;
  std::optional<ops::F16Layout> f16 = std::nullopt;
  std::optional<ops::CodesLayout> codes = std::nullopt;

  std::string text() const {
    std::string out = fmt::format("M={} of {} K={}", shape.rows, from, shape.cols);
    if (f32) out += " f32";
    if (f16) out += fmt::format(" f16 {}", layout_name(*f16));
    if (codes) out += fmt::format(" codes {}", layout_name(*codes));
    return out;
  }
  double bytes() const {
    double out = f32_bytes(shape.rows, 1);
    if (f32) out += 2 * f32_bytes(shape.rows, shape.cols);
    if (f16) out += 2 * f16_matrix_bytes(shape.rows, shape.cols);
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
    if (problem_.f32) out.push_back(expected("y", reference::gather_rows(x(), index())));
    if (problem_.f16)
      expected_f16("y16", reference::gather_rows(halves(), index()), *problem_.f16, out);
    if (problem_.codes)
      expected("q", reference::gather_rows(codes(), index()), *problem_.codes, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    const auto [rows, cols] = problem_.shape;
    variant_ = variant;
    index_ = upload(queue, std::span<const std::int32_t>(index()));
    if (problem_.f32) {
      x_ = upload(queue, x());
      y_ = allocate_f32(queue, rows, cols);
    }
    if (problem_.f16) {
      x16_ = upload_f16(queue, halves(), *problem_.f16);
      y16_ = allocate_f16(queue, rows, cols, *problem_.f16);
    }
    if (!problem_.codes) return;
    p_ = upload_padded(queue);
    q_ = allocate_codes(queue, rows, cols, cols, *problem_.codes);
  }

  void launch(Queue& queue) override {
    ops::GatherRows gather(index_, problem_.shape.rows);
    if (problem_.f32) gather.add(x_.tensor, y_.tensor);
    if (problem_.f16) gather.add(x16_.view, y16_.view);
    if (problem_.codes) gather.add(p_.view, q_.view);
    gather.launch(queue, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    if (problem_.f32) out.push_back(download(queue, "y", y_.tensor));
    if (problem_.f16) download_f16(queue, "y16", y16_.view, out);
    if (problem_.codes) download(queue, "q", q_.view, out);
    return out;
  }

 private:
  reference::MatrixF x() const {
    return make_matrix(51, problem_.from, problem_.shape.cols, problem_.fill);
  }
  reference::MatrixF16 halves() const { return reference::to_f16(x()); }
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
  DeviceF32 x_, y_;
  DeviceF16 x16_, y16_;
  DeviceCodes p_, q_;
  Buffer index_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, std::int32_t from, Fill fill) {
    const std::size_t i = out.size();
    Problem problem{.shape = shape, .from = from, .fill = fill};
    // The matrices of a W8A8 encoder, of an f16 one, of a float one, and each kind alone.
    if (i % 4 != 0 && grid != CaseGrid::bench) {
      problem.f32 = i % 4 == 2;
      problem.f16 = f16_layout_of_case(i / 4);
      if (i % 4 != 2) problem.codes = layout_of_case(i / 4);
      if (i % 8 == 5) problem.f16.reset();
    }
    out.push_back(std::make_unique<GatherRowsCase>(problem));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(false)) add(shape, 2048, Fill::random);
    return out;
  }
  for (int repeat = 0; repeat < 4; ++repeat) {
    for (const RowShape& shape : row_shapes(grid)) add(shape, 5, Fill::random);
    for (const RowShape& shape : special_shapes(grid))
      add(shape, static_cast<std::int32_t>(special_row_kinds()), Fill::special);
  }
  return out;
}

}  // namespace

KernelFamily gather_rows_family() {
  return {"gather_rows", portable_variant_names, cases};
}

}  // namespace zerocl
