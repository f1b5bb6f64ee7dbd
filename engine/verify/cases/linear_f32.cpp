#include "host/ops/linear_f32.h"

#include <fmt/format.h>

#include <memory>

#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_f32.h"

namespace zerocl {
namespace {

struct Problem {
  LinearDims dims;
  bool bias = true;
  Fill fill = Fill::random;  // of x: special rows hold NaN, infinities, denormals, zeros

  std::string text() const {
    return fmt::format("M={} N={} K={} {} {}", dims.rows, dims.outputs, dims.inputs,
                       bias ? "bias" : "no bias", fill == Fill::random ? "random" : "special");
  }
  double bytes() const {
    return f32_bytes(dims.rows, dims.inputs) + f32_bytes(dims.outputs, dims.inputs) +
           f32_bytes(dims.rows, dims.outputs) + (bias ? f32_bytes(1, dims.outputs) : 0.0);
  }
};

class LinearF32Case final : public LinearCase {
 public:
  explicit LinearF32Case(const Problem& problem)
      : LinearCase("linear_f32", problem.text(), problem.dims, problem.bytes()),
        problem_(problem) {}

  std::vector<HostTensor> reference() const override {
    return {expected("y", reference::linear_f32(x(), w(), bias()))};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    weight_.family = ops::linear_f32_family_of(variant);
    weight_.outputs = dims().outputs;
    weight_.inputs = dims().inputs;
    const reference::MatrixF values = w();
    std::vector<float> packed(
        ops::packed_floats_f32(weight_.family, weight_.outputs, weight_.inputs));
    ops::pack_linear_f32(weight_.family, {values.data(), static_cast<std::size_t>(values.size())},
                         weight_.outputs, weight_.inputs, packed);
    w_ = upload(queue, std::span<const float>(packed));
    weight_.values = w_;
    if (problem_.bias) {
      bias_ = upload(queue, std::span<const float>(bias()));
      weight_.bias = bias_;
    }
    x_ = upload(queue, x());
    y_ = allocate_f32(queue, dims().rows, dims().outputs);
  }

  void launch(Queue& queue) override {
    ops::linear_f32(queue, x_.tensor, weight_, y_.tensor, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "y", y_.tensor)};
  }

 private:
  reference::MatrixF x() const {
    return make_matrix(51, dims().rows, dims().inputs, problem_.fill);
  }
  // Special weights hold no NaN and no infinity: those would reach every row.
  reference::MatrixF w() const {
    return make_matrix(52, dims().outputs, dims().inputs, Fill::random);
  }
  std::vector<float> bias() const {
    return problem_.bias ? make_vector(53, dims().outputs, 0.5f) : std::vector<float>{};
  }

  Problem problem_;
  std::string variant_;
  ops::LinearF32Weight weight_;
  Buffer w_, bias_;
  DeviceF32 x_, y_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const LinearDims& dims, bool bias, Fill fill) {
    out.push_back(std::make_unique<LinearF32Case>(Problem{dims, bias, fill}));
  };
  for (const LinearDims& dims : linear_dims(grid))
    add(dims, out.size() % 3 != 0 || grid == CaseGrid::bench, Fill::random);
  if (grid == CaseGrid::bench) return out;
  for (const std::int64_t rows : {std::int64_t{1}, special_row_kinds()})
    for (const std::int64_t inputs : {1, 17, 100})
      for (const bool bias : {false, true}) add({rows, 37, inputs}, bias, Fill::special);
  add({2 * special_row_kinds(), 200, 65}, true, Fill::special);
  return out;
}

KernelCases products(const LinearDims& dims) {
  KernelCases out;
  out.push_back(std::make_unique<LinearF32Case>(Problem{dims}));
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearF32Variants);
}

}  // namespace

KernelFamily linear_f32_family() {
  return {"linear_f32", variants, cases, products};
}

}  // namespace zerocl
