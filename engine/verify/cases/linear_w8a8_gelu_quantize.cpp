#include "host/ops/linear_w8a8_gelu_quantize.h"

#include <fmt/format.h>

#include <memory>

#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/linear_w8a8_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_w8a8_gelu_quantize.h"

namespace zerocl {
namespace {

struct Problem {
  LinearDims dims;
  std::int64_t x_group = 0, w_group = 0;  // along K: K, or multiples of 128
  std::int64_t group = 0;                 // of the output: N, or 128
  bool tanh_form = false;
  Fill fill = Fill::random;

  std::string text() const {
    return fmt::format("M={} N={} K={} gx={} gw={} g={} {} {}", dims.rows, dims.outputs,
                       dims.inputs, x_group, w_group, group, tanh_form ? "tanh" : "erf",
                       fill == Fill::special ? "special" : "random");
  }
  double bytes() const {
    return code_matrix_bytes(dims.rows, dims.inputs, x_group) +
           code_matrix_bytes(dims.outputs, dims.inputs, w_group) + f32_bytes(1, dims.outputs) +
           code_matrix_bytes(dims.rows, dims.outputs, group);
  }
};

class LinearW8A8GeluQuantizeCase final : public LinearCase {
 public:
  explicit LinearW8A8GeluQuantizeCase(const Problem& problem)
      : LinearCase("linear_w8a8_gelu_quantize", problem.text(), problem.dims, problem.bytes()),
        problem_(problem) {}

  std::vector<HostTensor> reference() const override {
    const auto form = problem_.tanh_form ? reference::GeluForm::tanh : reference::GeluForm::erf;
    std::vector<HostTensor> out;
    expected("q", reference::linear_w8a8_gelu_quantize(x(), w(), bias(), form, problem_.group),
             ops::CodesLayout::tiles, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    operands_ = upload_linear_w8a8(queue, variant, x(), w(), bias());
    q_ =
        allocate_codes(queue, dims().rows, dims().outputs, problem_.group, ops::CodesLayout::tiles);
    meeting_ = {};
  }

  // Launches follow each other on one meeting, as in a model.
  void launch(Queue& queue) override {
    const auto form = problem_.tanh_form ? ops::GeluForm::tanh : ops::GeluForm::erf;
    ops::linear_w8a8_gelu_quantize(queue, operands_.x.view, operands_.weight, form, q_.view,
                                   meeting_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    launch(queue);  // a second time, on the memory that the first has left
    std::vector<HostTensor> out;
    download(queue, "q", q_.view, out);
    return out;
  }

 private:
  reference::Quantized x() const {
    return make_quantized(51, dims().rows, dims().inputs, problem_.x_group, problem_.fill);
  }
  reference::Quantized w() const {
    return make_quantized(52, dims().outputs, dims().inputs, problem_.w_group, problem_.fill);
  }
  std::vector<float> bias() const { return make_vector(53, dims().outputs, 0.5f); }

  Problem problem_;
  LinearW8A8Operands operands_;
  DeviceCodes q_;
  ops::RowMeeting meeting_;
};

// Groups along K of x and w to try; 0 stands for K.
struct Groups {
  std::int64_t x = 0, w = 0;
};
constexpr Groups kGroups[] = {{128, 0}, {0, 128}, {128, 128}, {256, 128}, {128, 384}};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const LinearDims& dims, Groups groups, std::int64_t group, bool tanh_form,
                       Fill fill) {
    const auto along = [&](std::int64_t g) { return g == 0 || g > dims.inputs ? dims.inputs : g; };
    out.push_back(std::make_unique<LinearW8A8GeluQuantizeCase>(
        Problem{dims, along(groups.x), along(groups.w), group > dims.outputs ? dims.outputs : group,
                tanh_form, fill}));
  };
  if (grid == CaseGrid::bench) {
    for (const LinearDims& dims :
         {LinearDims{128, 3072, 768}, LinearDims{1024, 3072, 768}, LinearDims{16384, 3072, 768},
          LinearDims{128, 4096, 1024}, LinearDims{16384, 4096, 1024}}) {
      for (const std::int64_t group : {dims.outputs, std::int64_t{128}})
        add(dims, {}, group, false, Fill::random);
      add(dims, {128, 0}, 128, false, Fill::random);
      add(dims, {128, 128}, 128, false, Fill::random);
      add(dims, {0, 128}, dims.outputs, false, Fill::random);
    }
    return out;
  }
  std::size_t turn = 0;
  for (const LinearDims& dims : linear_dims(grid))
    for (const std::int64_t group : {dims.outputs, std::int64_t{128}}) {
      add(dims, {}, group, (dims.rows + group) % 2 == 0, Fill::random);
      // Groups along K in turn, so that all of them meet all kinds of shapes.
      if (dims.inputs <= 128) continue;
      add(dims, kGroups[turn % std::size(kGroups)], group, turn % 2 == 0, Fill::random);
      ++turn;
    }
  for (const Groups groups : kGroups)
    for (const std::int64_t group : {300, 128})
      for (const bool tanh_form : {false, true})
        add({150, 300, 900}, groups, group, tanh_form, Fill::random);
  for (const LinearDims& dims : {LinearDims{3, 5, 64}, LinearDims{140, 300, 96}})
    add(dims, {}, dims.outputs, false, Fill::special);
  for (const std::int64_t group : {300, 128})
    for (const Groups groups : {Groups{128, 0}, Groups{0, 128}, Groups{128, 128}})
      add({140, 300, 400}, groups, group, false, Fill::special);
  // Several rounds of work-groups, so that rows of different rounds meet.
  if (grid == CaseGrid::full)
    for (const LinearDims& dims : {LinearDims{3000, 1540, 640}, LinearDims{1000, 3072, 768}})
      for (const bool tanh_form : {false, true}) {
        add(dims, {}, dims.outputs, tanh_form, Fill::random);
        add(dims, {128, 0}, 128, tanh_form, Fill::random);
        add(dims, {128, 128}, dims.outputs, tanh_form, Fill::random);
      }
  return out;
}

// A feed-forward layer's first product, not queries, keys and values: a scale a row, and in groups
// of 128.
KernelCases products(const LinearDims& dims) {
  KernelCases out;
  if (dims.outputs <= dims.inputs || dims.outputs == 3 * dims.inputs) return out;
  const auto add = [&](std::int64_t x_group, std::int64_t group) {
    out.push_back(
        std::make_unique<LinearW8A8GeluQuantizeCase>(Problem{dims, x_group, dims.inputs, group}));
  };
  add(dims.inputs, dims.outputs);
  if (dims.inputs > 128) add(128, 128);
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearW8A8GeluQuantizeVariants);
}

}  // namespace

KernelFamily linear_w8a8_gelu_quantize_family() {
  return {"linear_w8a8_gelu_quantize", variants, cases, products};
}

}  // namespace zerocl
