#include "host/ops/linear_w8a8_add_layer_norm_f16_quantize.h"

#include <fmt/format.h>

#include <memory>

#include "cl_kernels/abi/linear_w8a8_add_layer_norm_f16_quantize.h"  // LINEAR_NORM_LIMIT
#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/linear_w8a8_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_w8a8_add_layer_norm_f16_quantize.h"

namespace zerocl {
namespace {

constexpr float kEps = 1e-5f;

struct Problem {
  LinearDims dims;
  bool want_y = true;
  Fill fill = Fill::random;

  std::string text() const {
    return fmt::format("M={} N={} K={}{} {}", dims.rows, dims.outputs, dims.inputs,
                       want_y ? " y" : "", fill == Fill::special ? "special" : "random");
  }
  double bytes() const {
    return code_matrix_bytes(dims.rows, dims.inputs, dims.inputs) +
           code_matrix_bytes(dims.outputs, dims.inputs, dims.inputs) +
           3 * f32_bytes(1, dims.outputs) +
           (1 + want_y) * f16_matrix_bytes(dims.rows, dims.outputs) +
           code_matrix_bytes(dims.rows, dims.outputs, dims.outputs);
  }
};

class LinearW8A8AddLayerNormF16QuantizeCase final : public LinearCase {
 public:
  explicit LinearW8A8AddLayerNormF16QuantizeCase(const Problem& problem)
      : LinearCase("linear_w8a8_add_layer_norm_f16_quantize", problem.text(), problem.dims,
                   problem.bytes()),
        problem_(problem) {}

  std::vector<HostTensor> reference() const override {
    const reference::LayerNormF16Quantize r = reference::linear_w8a8_add_layer_norm_f16_quantize(
        x(), w(), bias(), residual(), gamma(), beta(), kEps, dims().outputs);
    std::vector<HostTensor> out;
    if (problem_.want_y) expected_f16("y", r.y, ops::F16Layout::rows, out);
    expected("q", r.q, ops::CodesLayout::tiles, out);
    return out;
  }

  void prepare(Queue& queue, const std::string& variant) override {
    operands_ = upload_linear_w8a8(queue, variant, x(), w(), bias());
    residual_ = upload_f16(queue, residual(), ops::F16Layout::rows);
    gamma_ = upload(queue, std::span<const float>(gamma()));
    beta_ = upload(queue, std::span<const float>(beta()));
    const auto [rows, outputs, inputs] = dims();
    y_ = allocate_f16(queue, rows, outputs, ops::F16Layout::rows);
    q_ = allocate_codes(queue, rows, outputs, outputs, ops::CodesLayout::tiles);
    meeting_ = {};
  }

  // Launches follow each other on one meeting, as in a model.
  void launch(Queue& queue) override {
    ops::LinearNorm norm{residual_.view, gamma_, beta_, kEps, {}};
    if (problem_.want_y) norm.y = y_.view;
    ops::linear_w8a8_add_layer_norm_f16_quantize(queue, operands_.x.view, operands_.weight, norm,
                                                 q_.view, meeting_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    launch(queue);  // a second time, on the memory that the first has left
    std::vector<HostTensor> out;
    if (problem_.want_y) download_f16(queue, "y", y_.view, out);
    download(queue, "q", q_.view, out);
    return out;
  }

 private:
  reference::Quantized x() const {
    return make_quantized(51, dims().rows, dims().inputs, dims().inputs, problem_.fill);
  }
  reference::Quantized w() const {
    return make_quantized(52, dims().outputs, dims().inputs, dims().inputs, problem_.fill);
  }
  std::vector<float> bias() const { return make_vector(53, dims().outputs, 0.5f); }
  reference::MatrixF16 residual() const {
    return reference::to_f16(make_matrix(54, dims().rows, dims().outputs, problem_.fill));
  }
  std::vector<float> gamma() const { return make_vector(55, dims().outputs, 1.0f); }
  std::vector<float> beta() const { return make_vector(56, dims().outputs, 0.0f); }

  Problem problem_;
  LinearW8A8Operands operands_;
  DeviceF16 residual_, y_;
  Buffer gamma_, beta_;
  DeviceCodes q_;
  ops::RowMeeting meeting_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const LinearDims& dims, bool want_y, Fill fill) {
    out.push_back(
        std::make_unique<LinearW8A8AddLayerNormF16QuantizeCase>(Problem{dims, want_y, fill}));
  };
  if (grid == CaseGrid::bench) {
    for (const std::int64_t hidden : {768, 1024})
      for (const std::int64_t inputs : {hidden, 4 * hidden})
        for (const std::int64_t rows : {512, 1024, 4096, 16384})
          add({rows, hidden, inputs}, true, Fill::random);
    return out;
  }
  // With y and without.
  std::size_t turn = 0;
  const auto add_next = [&](LinearDims dims, Fill fill) {
    dims.outputs = std::min<std::int64_t>((dims.outputs + 7) / 8 * 8, LINEAR_NORM_LIMIT);
    add(dims, turn % 3 < 2, fill);
    ++turn;
  };
  for (const LinearDims& dims : linear_dims(grid)) add_next(dims, Fill::random);
  for (const LinearDims& dims :
       {LinearDims{150, 296, 300}, LinearDims{70, 1024, 200}, LinearDims{130, 768, 130},
        LinearDims{129, 1000, 64}, LinearDims{67, 1096, 100}, LinearDims{520, 136, 1030}})
    for (int set = 0; set < 3; ++set) add_next(dims, Fill::random);
  for (const LinearDims& dims : {LinearDims{3, 8, 64}, LinearDims{140, 304, 96}})
    for (int set = 0; set < 3; ++set) add_next(dims, Fill::special);
  // Several rounds of work-groups, so that rows of different rounds meet.
  if (grid == CaseGrid::full)
    for (const LinearDims& dims :
         {LinearDims{9000, 768, 256}, LinearDims{5000, 1024, 640}, LinearDims{12000, 384, 384},
          LinearDims{9000, 768, 1152}, LinearDims{3001, 2056, 1100}, LinearDims{700, 4096, 300}})
      add_next(dims, Fill::random);
  return out;
}

// What attention's output and a feed-forward layer's second product are: as narrow as the model.
KernelCases products(const LinearDims& dims) {
  KernelCases out;
  if (dims.outputs > dims.inputs || dims.outputs > LINEAR_NORM_LIMIT || dims.outputs % 8 != 0)
    return out;
  out.push_back(std::make_unique<LinearW8A8AddLayerNormF16QuantizeCase>(Problem{dims}));
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearW8A8AddLayerNormF16QuantizeVariants);
}

}  // namespace

KernelFamily linear_w8a8_add_layer_norm_f16_quantize_family() {
  return {"linear_w8a8_add_layer_norm_f16_quantize", variants, cases, products};
}

}  // namespace zerocl
