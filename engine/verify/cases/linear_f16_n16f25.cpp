#include "host/ops/linear_f16_n16f25.h"

#include <fmt/format.h>

#include <memory>

#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/linear_f16_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_f16_n16f25.h"

namespace zerocl {
namespace {

// Where y goes.
enum class Output { f32, rows, tiles };

struct Problem {
  LinearDims dims;
  bool bias = true;
  Fill fill = Fill::random;  // of x: special rows hold NaN, infinities, denormals, zeros
  Output output = Output::f32;

  std::string text() const {
    const char* outputs[] = {"f32", "f16 rows", "f16 tiles"};
    return fmt::format("M={} N={} K={} {} {} to {}", dims.rows, dims.outputs, dims.inputs,
                       bias ? "bias" : "no bias", fill == Fill::random ? "random" : "special",
                       outputs[static_cast<int>(output)]);
  }
  double bytes() const {
    return f16_matrix_bytes(dims.rows, dims.inputs) + f16_matrix_bytes(dims.outputs, dims.inputs) +
           f16_matrix_bytes(dims.rows, dims.outputs) * (output == Output::f32 ? 2 : 1) +
           (bias ? f32_bytes(1, dims.outputs) : 0.0);
  }
};

class LinearF16Case final : public LinearCase {
 public:
  explicit LinearF16Case(const Problem& problem)
      : LinearCase("linear_f16_n16f25", problem.text(), problem.dims, problem.bytes()),
        problem_(problem) {}

  std::vector<HostTensor> reference() const override {
    const reference::MatrixF y = reference::linear_f16_n16f25(x(), w(), bias());
    if (problem_.output == Output::f32) return {expected("y", y)};
    std::vector<HostTensor> out;
    expected_f16("y", reference::to_f16(y), layout(), out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    operands_ = upload_linear_f16(queue, variant, x(), w(), bias());
    if (problem_.output == Output::f32)
      y_ = allocate_f32(queue, dims().rows, dims().outputs);
    else
      y16_ = allocate_f16(queue, dims().rows, dims().outputs, layout());
  }

  void launch(Queue& queue) override {
    if (problem_.output == Output::f32)
      ops::linear_f16_n16f25(queue, operands_.x.view, operands_.weight, y_.tensor, variant_);
    else
      ops::linear_f16_n16f25(queue, operands_.x.view, operands_.weight, y16_.view, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    if (problem_.output == Output::f32) return {download(queue, "y", y_.tensor)};
    std::vector<HostTensor> out;
    download_f16(queue, "y", y16_.view, out);
    return out;
  }

 private:
  ops::F16Layout layout() const {
    return problem_.output == Output::tiles ? ops::F16Layout::tiles : ops::F16Layout::rows;
  }
  reference::MatrixF16 x() const {
    return reference::to_f16(make_matrix(54, dims().rows, dims().inputs, problem_.fill));
  }
  // Special weights hold no NaN and no infinity: those would reach every row.
  reference::MatrixF16 w() const {
    return reference::to_f16(make_matrix(55, dims().outputs, dims().inputs, Fill::random));
  }
  std::vector<float> bias() const {
    return problem_.bias ? make_vector(56, dims().outputs, 0.5f) : std::vector<float>{};
  }

  Problem problem_;
  std::string variant_;
  LinearF16Operands operands_;
  DeviceF32 y_;
  DeviceF16 y16_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const LinearDims& dims, bool bias, Fill fill) {
    const auto output =
        grid == CaseGrid::bench ? Output::tiles : static_cast<Output>(out.size() % 3);
    out.push_back(std::make_unique<LinearF16Case>(Problem{dims, bias, fill, output}));
  };
  constexpr std::int64_t kMost = 500'000'000;  // products that the reference can make in seconds
  for (const LinearDims& dims : linear_dims(grid))
    if (grid == CaseGrid::bench || dims.rows * dims.outputs * dims.inputs <= kMost)
      add(dims, out.size() % 4 != 0 || grid == CaseGrid::bench, Fill::random);
  if (grid == CaseGrid::bench) return out;
  // Whole tiles of tensor-core variants in all three outputs, and enough of them for several turns.
  for (int repeat = 0; repeat < 3; ++repeat) add({130, 264, 192}, true, Fill::random);
  if (grid == CaseGrid::full)
    for (int repeat = 0; repeat < 3; ++repeat) add({3000, 1540, 72}, true, Fill::random);
  for (const std::int64_t rows : {std::int64_t{1}, special_row_kinds()})
    for (const std::int64_t inputs : {1, 16, 17, 100})
      for (const bool bias : {false, true}) add({rows, 37, inputs}, bias, Fill::special);
  for (int repeat = 0; repeat < 3; ++repeat)
    add({2 * special_row_kinds(), 200, 65}, true, Fill::special);
  return out;
}

// As models have them: to f16, in rows or, before another product, in tiles.
KernelCases products(const LinearDims& dims) {
  KernelCases out;
  const Output output = dims.outputs > dims.inputs ? Output::tiles : Output::rows;
  out.push_back(std::make_unique<LinearF16Case>(Problem{dims, true, Fill::random, output}));
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearF16Variants);
}

}  // namespace

KernelFamily linear_f16_n16f25_family() {
  return {"linear_f16_n16f25", variants, cases, products};
}

}  // namespace zerocl
