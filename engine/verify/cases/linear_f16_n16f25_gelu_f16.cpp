#include "host/ops/linear_f16_n16f25_gelu_f16.h"

#include <fmt/format.h>

#include <memory>

#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/linear_f16_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_f16_n16f25_gelu_f16.h"

namespace zerocl {
namespace {

struct Problem {
  LinearDims dims;
  bool tanh_form = false;
  Fill fill = Fill::random;
  ops::F16Layout layout = ops::F16Layout::tiles;

  std::string text() const {
    return fmt::format("M={} N={} K={} {} {} to {}", dims.rows, dims.outputs, dims.inputs,
                       tanh_form ? "tanh" : "erf", fill == Fill::special ? "special" : "random",
                       layout_name(layout));
  }
  double bytes() const {
    return f16_matrix_bytes(dims.rows, dims.inputs) + f16_matrix_bytes(dims.outputs, dims.inputs) +
           f16_matrix_bytes(dims.rows, dims.outputs) + f32_bytes(1, dims.outputs);
  }
};

class LinearF16GeluF16Case final : public LinearCase {
 public:
  explicit LinearF16GeluF16Case(const Problem& problem)
      : LinearCase("linear_f16_n16f25_gelu_f16", problem.text(), problem.dims, problem.bytes()),
        problem_(problem) {}

  std::vector<HostTensor> reference() const override {
    const auto form = problem_.tanh_form ? reference::GeluForm::tanh : reference::GeluForm::erf;
    std::vector<HostTensor> out;
    expected_f16("y", reference::linear_f16_n16f25_gelu_f16(x(), w(), bias(), form),
                 problem_.layout, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    operands_ = upload_linear_f16(queue, variant, x(), w(), bias());
    y_ = allocate_f16(queue, dims().rows, dims().outputs, problem_.layout);
  }

  void launch(Queue& queue) override {
    const auto form = problem_.tanh_form ? ops::GeluForm::tanh : ops::GeluForm::erf;
    ops::linear_f16_n16f25_gelu_f16(queue, operands_.x.view, operands_.weight, form, y_.view);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download_f16(queue, "y", y_.view, out);
    return out;
  }

 private:
  reference::MatrixF16 x() const {
    return reference::to_f16(make_matrix(57, dims().rows, dims().inputs, problem_.fill));
  }
  reference::MatrixF16 w() const {
    return reference::to_f16(make_matrix(58, dims().outputs, dims().inputs, Fill::random));
  }
  std::vector<float> bias() const { return make_vector(59, dims().outputs, 0.5f); }

  Problem problem_;
  LinearF16Operands operands_;
  DeviceF16 y_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const LinearDims& dims, Fill fill) {
    const std::size_t i = out.size();
    const bool bench = grid == CaseGrid::bench;
    out.push_back(std::make_unique<LinearF16GeluF16Case>(
        Problem{dims, !bench && i % 3 == 2, fill,
                bench ? ops::F16Layout::tiles : f16_layout_of_case(i / 2 + 1)}));
  };
  if (grid == CaseGrid::bench) {
    for (const LinearDims& dims : {LinearDims{128, 3072, 768}, LinearDims{1024, 3072, 768},
                                   LinearDims{16384, 3072, 768}, LinearDims{16384, 4096, 1024}})
      add(dims, Fill::random);
    return out;
  }
  for (const LinearDims& dims :
       {LinearDims{1, 1, 1}, LinearDims{3, 24, 16}, LinearDims{9, 33, 100}, LinearDims{65, 129, 64},
        LinearDims{130, 264, 192}, LinearDims{70, 512, 40}, LinearDims{129, 200, 130}})
    for (int repeat = 0; repeat < 3; ++repeat) add(dims, Fill::random);
  for (const std::int64_t outputs : {37, 256})
    for (int repeat = 0; repeat < 3; ++repeat)
      add({special_row_kinds(), outputs, 65}, Fill::special);
  if (grid == CaseGrid::full)
    for (const LinearDims& dims : {LinearDims{3000, 1540, 64}, LinearDims{1025, 3072, 100}})
      for (int repeat = 0; repeat < 2; ++repeat) add(dims, Fill::random);
  return out;
}

// A feed-forward layer's first product, not queries, keys and values.
KernelCases products(const LinearDims& dims) {
  KernelCases out;
  if (dims.outputs > dims.inputs && dims.outputs != 3 * dims.inputs)
    out.push_back(std::make_unique<LinearF16GeluF16Case>(Problem{dims}));
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearF16GeluF16Variants);
}

}  // namespace

KernelFamily linear_f16_n16f25_gelu_f16_family() {
  return {"linear_f16_n16f25_gelu_f16", variants, cases, products};
}

}  // namespace zerocl
