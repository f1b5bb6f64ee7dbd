#include "engine/verify/cases/norm_f16_case.h"

#include <fmt/format.h>

#include <memory>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "host/ops/add_layer_norm_f16.h"
#include "host/ops/launch.h"  // row_warp_serves
#include "host/ops/layer_norm_f16.h"
#include "reference/add_layer_norm_f16.h"

namespace zerocl {
namespace {

constexpr float kEps = 1e-5f;

struct Problem {
  RowShape shape;
  Fill fill = Fill::random;
  bool residual = false, x_f32 = true, want_y = false, want_y16 = true;
  ops::F16Layout in = ops::F16Layout::rows, out = ops::F16Layout::rows;

  std::string text() const {
    return fmt::format("M={} K={}{}{}{} {} to {}", shape.rows, shape.cols,
                       residual && x_f32 ? " x=f32" : "", want_y ? " y" : "",
                       want_y16 ? " y16" : "", layout_name(in), layout_name(out));
  }
  double bytes() const {
    const double half = f16_matrix_bytes(shape.rows, shape.cols);
    return half * (1 + x_f32 + residual + want_y16 + 2 * want_y) + 2 * f32_bytes(1, shape.cols);
  }
};

class NormF16Case final : public RowCase {
 public:
  explicit NormF16Case(const Problem& problem)
      : RowCase(problem.residual ? "add_layer_norm_f16" : "layer_norm_f16", problem.text(),
                problem.bytes()),
        problem_(problem) {}

  bool serves(const std::string& variant) const override {
    return variant != "warp" || ops::row_warp_serves(problem_.shape.cols, problem_.shape.cols);
  }

  std::vector<HostTensor> reference() const override {
    const std::vector<float> g = gamma(), b = beta();
    reference::LayerNormF16 result;
    if (!problem_.residual)
      result = reference::layer_norm_f16(x(), g, b, kEps);
    else if (problem_.x_f32)
      result = reference::add_layer_norm_f16(x(), residual(), g, b, kEps);
    else
      result = reference::add_layer_norm_f16(reference::to_f16(x()), residual(), g, b, kEps);
    std::vector<HostTensor> out;
    if (problem_.want_y) out.push_back(expected("y", result.y));
    if (problem_.want_y16) expected_f16("y16", result.y16, problem_.out, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    const auto [rows, cols] = problem_.shape;
    variant_ = variant;
    if (problem_.residual) residual_ = upload_f16(queue, residual(), problem_.in);
    if (problem_.x_f32)
      x_ = upload(queue, x());
    else
      x16_ = upload_f16(queue, reference::to_f16(x()), problem_.in);
    gamma_ = upload(queue, std::span<const float>(gamma()));
    beta_ = upload(queue, std::span<const float>(beta()));
    y_ = allocate_f32(queue, rows, cols);
    y16_ = allocate_f16(queue, rows, cols, problem_.out);
  }

  void launch(Queue& queue) override {
    const Tensor* y = problem_.want_y ? &y_.tensor : nullptr;
    const ops::F16Matrix* y16 = problem_.want_y16 ? &y16_.view : nullptr;
    if (problem_.residual && problem_.x_f32)
      ops::add_layer_norm_f16(queue, x_.tensor, residual_.view, gamma_, beta_, kEps, y, y16,
                              variant_);
    else if (problem_.residual)
      ops::add_layer_norm_f16(queue, x16_.view, residual_.view, gamma_, beta_, kEps, y, y16,
                              variant_);
    else
      ops::layer_norm_f16(queue, x_.tensor, gamma_, beta_, kEps, y, y16, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    if (problem_.want_y) out.push_back(download(queue, "y", y_.tensor));
    if (problem_.want_y16) download_f16(queue, "y16", y16_.view, out);
    return out;
  }

 private:
  reference::MatrixF x() const {
    return make_matrix(35, problem_.shape.rows, problem_.shape.cols, problem_.fill);
  }
  reference::MatrixF16 residual() const {
    return reference::to_f16(
        make_matrix(36, problem_.shape.rows, problem_.shape.cols, Fill::random));
  }
  std::vector<float> gamma() const { return make_vector(37, problem_.shape.cols, 1.0f); }
  std::vector<float> beta() const { return make_vector(38, problem_.shape.cols, 0.0f); }

  Problem problem_;
  std::string variant_;
  DeviceF32 x_, y_;
  DeviceF16 x16_, residual_, y16_;
  Buffer gamma_, beta_;
};

}  // namespace

KernelCases norm_f16_cases(CaseGrid grid, bool residual) {
  KernelCases out;
  const auto add = [&](RowShape shape, Fill fill) {
    const std::size_t i = out.size();
    Problem problem{.shape = shape, .fill = fill, .residual = residual};
    if (grid == CaseGrid::bench) {
      problem.in = problem.out = ops::F16Layout::tiles;
      problem.x_f32 = !residual;
    } else {
      problem.x_f32 = !residual || i % 7 < 3;
      problem.want_y = i % 3 == 1;
      problem.want_y16 = i % 5 != 1 || !problem.want_y;
      problem.in = f16_layout_of_case(i / 2);
      problem.out = f16_layout_of_case(i);
    }
    out.push_back(std::make_unique<NormF16Case>(problem));
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(false)) add(shape, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid)) add(shape, Fill::random);
  for (const RowShape& shape : special_shapes(grid))
    for (int repeat = 0; repeat < 4; ++repeat) add(shape, Fill::special);
  return out;
}

}  // namespace zerocl
