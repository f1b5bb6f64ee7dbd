#include "engine/verify/cases/norm_case.h"

#include <fmt/format.h>

#include "host/ops/add_layer_norm.h"
#include "host/ops/add_layer_norm_quantize.h"
#include "host/ops/layer_norm.h"
#include "host/ops/layer_norm_quantize.h"
#include "host/ops/launch.h"  // row_warp_serves
#include "reference/add_layer_norm.h"
#include "reference/add_layer_norm_quantize.h"
#include "reference/layer_norm.h"
#include "reference/layer_norm_quantize.h"

namespace zerocl {
namespace {

constexpr float kEps = 1e-5f;

}  // namespace

std::string NormProblem::op() const {
  return std::string(residual ? "add_" : "") + "layer_norm" + (group ? "_quantize" : "");
}

std::string NormProblem::text() const {
  std::string text = fmt::format("M={} K={}", shape.rows, shape.cols);
  if (group) text += fmt::format(" g={} {}", *group, layout_name(layout));
  if (residual && want_sum) text += " sum";
  if (group && want_y) text += " y";
  if (in_place == InPlace::y_is_x) text += " y=x";
  if (in_place == InPlace::y_is_residual) text += " y=residual";
  if (in_place == InPlace::sum_is_x) text += " sum=x";
  return text;
}

double NormProblem::bytes() const {
  const int matrices = 1 + residual + want_sum + want_y;
  return matrices * f32_bytes(shape.rows, shape.cols) + 2 * f32_bytes(1, shape.cols) +
         (group ? code_matrix_bytes(shape.rows, shape.cols, *group) : 0);
}

reference::MatrixF NormCase::x() const {
  return make_matrix(31, problem_.shape.rows, problem_.shape.cols, problem_.fill);
}

reference::MatrixF NormCase::residual() const {
  return make_matrix(32, problem_.shape.rows, problem_.shape.cols, Fill::random);
}

bool NormCase::serves(const std::string& variant) const {
  const std::int64_t cols = problem_.shape.cols;
  return variant != "warp" || ops::row_warp_serves(cols, problem_.group.value_or(cols));
}

std::vector<HostTensor> NormCase::reference() const {
  const std::vector<float> g = gamma(), b = beta();
  std::vector<HostTensor> out;
  const auto add = [&](bool wanted, const char* name, const reference::MatrixF& matrix) {
    if (wanted) out.push_back(expected(name, matrix));
  };
  if (problem_.residual && problem_.group) {
    const reference::AddLayerNormQuantize r =
        reference::add_layer_norm_quantize(x(), residual(), g, b, kEps, *problem_.group);
    add(problem_.want_sum, "sum", r.sum);
    add(problem_.want_y, "y", r.y);
    expected("q", r.q, problem_.layout, out);
  } else if (problem_.residual) {
    const reference::AddLayerNorm r = reference::add_layer_norm(x(), residual(), g, b, kEps);
    add(problem_.want_sum, "sum", r.sum);
    add(true, "y", r.y);
  } else if (problem_.group) {
    const reference::LayerNormQuantize r =
        reference::layer_norm_quantize(x(), g, b, kEps, *problem_.group);
    add(problem_.want_y, "y", r.y);
    expected("q", r.q, problem_.layout, out);
  } else {
    add(true, "y", reference::layer_norm(x(), g, b, kEps));
  }
  return out;
}

void NormCase::prepare(Queue& queue, const std::string& variant) {
  const auto [rows, cols] = problem_.shape;
  variant_ = variant;
  x_ = upload(queue, x());
  if (problem_.residual) residual_ = upload(queue, residual());
  gamma_ = upload(queue, std::span<const float>(gamma()));
  beta_ = upload(queue, std::span<const float>(beta()));
  own_sum_ = allocate_f32(queue, rows, cols);
  own_y_ = allocate_f32(queue, rows, cols);
  if (problem_.group) q_ = allocate_codes(queue, rows, cols, *problem_.group, problem_.layout);
  sum_ = problem_.in_place == InPlace::sum_is_x ? x_.tensor : own_sum_.tensor;
  y_ = problem_.in_place == InPlace::y_is_x          ? x_.tensor
       : problem_.in_place == InPlace::y_is_residual ? residual_.tensor
                                                     : own_y_.tensor;
}

void NormCase::launch(Queue& queue) {
  const Tensor* sum = problem_.want_sum ? &sum_ : nullptr;
  const Tensor* y = problem_.want_y ? &y_ : nullptr;
  const Tensor& x = x_.tensor;
  const Tensor& r = residual_.tensor;
  if (problem_.residual && problem_.group)
    ops::add_layer_norm_quantize(queue, x, r, gamma_, beta_, kEps, sum, y, q_.view, variant_);
  else if (problem_.residual)
    ops::add_layer_norm(queue, x, r, gamma_, beta_, kEps, sum, y_, variant_);
  else if (problem_.group)
    ops::layer_norm_quantize(queue, x, gamma_, beta_, kEps, y, q_.view, variant_);
  else
    ops::layer_norm(queue, x, gamma_, beta_, kEps, y_, variant_);
}

std::vector<HostTensor> NormCase::outputs(Queue& queue) {
  std::vector<HostTensor> out;
  if (problem_.residual && problem_.want_sum) out.push_back(download(queue, "sum", sum_));
  if (problem_.want_y) out.push_back(download(queue, "y", y_));
  if (problem_.group) download(queue, "q", q_.view, out);
  return out;
}

KernelCases norm_cases(CaseGrid grid, bool residual, bool quantize) {
  KernelCases out;
  // What the graphs of models ask for comes first in each list.
  constexpr bool kSum[] = {true, false, true, false}, kY[] = {false, true, true, false};
  constexpr InPlace kPlaces[] = {InPlace::none, InPlace::y_is_x, InPlace::none, InPlace::sum_is_x,
                                 InPlace::y_is_residual};
  const auto add = [&](RowShape shape, Fill fill, std::optional<std::int64_t> group) {
    const std::size_t i = out.size();
    NormProblem problem{.shape = shape, .fill = fill, .residual = residual, .group = group};
    problem.layout = grid == CaseGrid::bench ? ops::CodesLayout::i8 : layout_of_case(i);
    problem.want_sum = residual && kSum[i % 4];
    problem.want_y = !quantize || kY[i % 4];
    if (grid == CaseGrid::bench) problem.want_y = true;
    const InPlace place = grid == CaseGrid::bench ? InPlace::none : kPlaces[i % 5];
    const bool possible = (place == InPlace::y_is_x && problem.want_y) ||
                          (place == InPlace::y_is_residual && problem.want_y && residual) ||
                          (place == InPlace::sum_is_x && problem.want_sum);
    if (possible) problem.in_place = place;
    out.push_back(std::make_unique<NormCase>(problem));
  };
  const auto add_groups = [&](RowShape shape, Fill fill) {
    if (!quantize) return add(shape, fill, std::nullopt);
    for (const std::int64_t group : group_sizes(shape.cols, grid)) add(shape, fill, group);
  };
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(false))
      add(shape, Fill::random, quantize ? std::optional(shape.cols) : std::nullopt);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid)) add_groups(shape, Fill::random);
  // Each kind of row with each combination of outputs.
  for (const RowShape& shape : special_shapes(grid))
    for (int repeat = 0; repeat < 4; ++repeat) add_groups(shape, Fill::special);
  return out;
}

}  // namespace zerocl
