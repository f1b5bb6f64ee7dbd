#include "engine/verify/cases/norm_f16_quantize_case.h"

#include <fmt/format.h>

#include <memory>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "host/ops/add_layer_norm_f16_quantize.h"
#include "host/ops/launch.h"  // row_warp_serves
#include "host/ops/layer_norm_f16_quantize.h"
#include "reference/add_layer_norm_f16_quantize.h"

namespace zerocl {
namespace {

constexpr float kEps = 1e-5f;

struct Problem {
  RowShape shape;
  Fill fill = Fill::random;
  std::int64_t group = 0;
  ops::CodesLayout layout = ops::CodesLayout::i8;
  bool residual = false, want_y = true, in_place = false;  // in_place: y is the residual

  std::string text() const {
    return fmt::format("M={} K={} g={} {}{}{}", shape.rows, shape.cols, group, layout_name(layout),
                       want_y ? " y" : "", in_place ? "=residual" : "");
  }
  double bytes() const {
    return f16_matrix_bytes(shape.rows, shape.cols) * (2 + residual + want_y) +
           2 * f32_bytes(1, shape.cols) + code_matrix_bytes(shape.rows, shape.cols, group);
  }
};

class NormF16QuantizeCase final : public RowCase {
 public:
  explicit NormF16QuantizeCase(const Problem& problem)
      : RowCase(problem.residual ? "add_layer_norm_f16_quantize" : "layer_norm_f16_quantize",
                problem.text(), problem.bytes()),
        problem_(problem) {}

  bool serves(const std::string& variant) const override {
    return variant != "warp" || ops::row_warp_serves(problem_.shape.cols, problem_.group);
  }

  std::vector<HostTensor> reference() const override {
    const std::vector<float> g = gamma(), b = beta();
    const reference::LayerNormF16Quantize result =
        problem_.residual
            ? reference::add_layer_norm_f16_quantize(x(), residual(), g, b, kEps, problem_.group)
            : reference::layer_norm_f16_quantize(x(), g, b, kEps, problem_.group);
    std::vector<HostTensor> out;
    if (problem_.want_y) expected_f16("y", result.y, ops::F16Layout::rows, out);
    expected("q", result.q, problem_.layout, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    const auto [rows, cols] = problem_.shape;
    variant_ = variant;
    x_ = upload(queue, x());
    if (problem_.residual) residual_ = upload_f16(queue, residual(), ops::F16Layout::rows);
    gamma_ = upload(queue, std::span<const float>(gamma()));
    beta_ = upload(queue, std::span<const float>(beta()));
    own_y_ = allocate_f16(queue, rows, cols, ops::F16Layout::rows);
    y_ = problem_.in_place ? residual_.view : own_y_.view;
    q_ = allocate_codes(queue, rows, cols, problem_.group, problem_.layout);
  }

  void launch(Queue& queue) override {
    const ops::F16Matrix* y = problem_.want_y ? &y_ : nullptr;
    if (problem_.residual)
      ops::add_layer_norm_f16_quantize(queue, x_.tensor, residual_.view, gamma_, beta_, kEps, y,
                                       q_.view, variant_);
    else
      ops::layer_norm_f16_quantize(queue, x_.tensor, gamma_, beta_, kEps, y, q_.view, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    if (problem_.want_y) download_f16(queue, "y", y_, out);
    download(queue, "q", q_.view, out);
    return out;
  }

 private:
  reference::MatrixF x() const {
    return make_matrix(41, problem_.shape.rows, problem_.shape.cols, problem_.fill);
  }
  reference::MatrixF16 residual() const {
    return reference::to_f16(
        make_matrix(42, problem_.shape.rows, problem_.shape.cols, Fill::random));
  }
  std::vector<float> gamma() const { return make_vector(43, problem_.shape.cols, 1.0f); }
  std::vector<float> beta() const { return make_vector(44, problem_.shape.cols, 0.0f); }

  Problem problem_;
  std::string variant_;
  DeviceF32 x_;
  DeviceF16 residual_, own_y_;
  ops::F16Matrix y_;  // own memory or the residual's
  Buffer gamma_, beta_;
  DeviceCodes q_;
};

}  // namespace

KernelCases norm_f16_quantize_cases(CaseGrid grid, bool residual) {
  KernelCases out;
  const auto add = [&](RowShape shape, Fill fill, std::int64_t group) {
    const std::size_t i = out.size();
    Problem problem{.shape = shape, .fill = fill, .group = group, .residual = residual};
    if (grid != CaseGrid::bench) {
      problem.layout = layout_of_case(i);
      problem.want_y = i % 4 != 3;
      problem.in_place = residual && problem.want_y && i % 3 == 1;
    }
    out.push_back(std::make_unique<NormF16QuantizeCase>(problem));
  };
  const auto add_groups = [&](RowShape shape, Fill fill) {
    for (const std::int64_t group : group_sizes(shape.cols, grid)) add(shape, fill, group);
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(false)) add(shape, Fill::random, shape.cols);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid)) add_groups(shape, Fill::random);
  for (const RowShape& shape : special_shapes(grid))
    for (int repeat = 0; repeat < 4; ++repeat) add_groups(shape, Fill::special);
  return out;
}

}  // namespace zerocl
