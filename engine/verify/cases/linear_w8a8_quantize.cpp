#include "host/ops/linear_w8a8_quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/linear_w8a8_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_w8a8.h"
#include "reference/linear_w8a8_quantize.h"

namespace zerocl {
namespace {

// The scales that are given.
enum class Given {
  fitting,  // from the outputs themselves, too small for a third of them: these saturate
  special,  // 0, NaN, infinite, negative and subnormal ones among them
  rough,    // one for all, of no particular size: for the benchmark
};

struct Problem {
  LinearDims dims;
  std::int64_t x_group = 0, w_group = 0;
  ops::CodesLayout layout = ops::CodesLayout::tiles;  // of the codes that come out
  Fill fill = Fill::random;
  Given given = Given::fitting;
  bool bias = true;

  std::string text() const {
    const char* names[] = {"fitting", "special", "rough"};
    return fmt::format("M={} N={} K={} gx={} gw={} {} {} {} scales{}", dims.rows, dims.outputs,
                       dims.inputs, x_group, w_group,
                       layout == ops::CodesLayout::tiles ? "tiles" : layout_name(layout),
                       fill == Fill::special ? "special" : "random", names[static_cast<int>(given)],
                       bias ? "" : " no bias");
  }
  double bytes() const {
    return code_matrix_bytes(dims.rows, dims.inputs, x_group) +
           code_matrix_bytes(dims.outputs, dims.inputs, w_group) +
           f32_bytes(1, dims.outputs) * (bias ? 2 : 1) +
           static_cast<double>(dims.rows) * static_cast<double>(dims.outputs);
  }
};

class LinearW8A8QuantizeCase final : public LinearCase {
 public:
  explicit LinearW8A8QuantizeCase(const Problem& problem)
      : LinearCase("linear_w8a8_quantize", problem.text(), problem.dims, problem.bytes()),
        problem_(problem) {}

  bool serves(const std::string& variant) const override {
    return ops::linear_w8a8_quantize_serves(variant, groups(), problem_.layout);
  }

  std::vector<HostTensor> reference() const override {
    reference::Quantized q{reference::linear_w8a8_quantize(x(), w(), bias(), scales()),
                           reference::MatrixF::Zero(dims().rows, 1), dims().outputs};
    std::vector<HostTensor> out;
    expected("q", q, problem_.layout, out);
    return without_scales(std::move(out));
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    // The portable variants follow the best product that there is.
    const std::string_view product =
        variant == "wgmma" ? variant : ops::choose_linear_w8a8(queue.facts(), groups()).name;
    operands_ = upload_linear_w8a8(queue, product, x(), w(), bias());
    const std::vector<float> given = ops::scale_reciprocals(scales());
    reciprocals_ = upload(queue, std::span(given));
    q_ = allocate_codes(queue, dims().rows, dims().outputs, dims().outputs, problem_.layout);
    if (variant != "wgmma") y_ = allocate_f32(queue, dims().rows, dims().outputs);
  }

  void launch(Queue& queue) override {
    ops::linear_w8a8_quantize(queue, operands_.x.view, operands_.weight, reciprocals_, y_.tensor,
                              {q_.view.codes, q_.view.layout}, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    std::vector<HostTensor> out;
    download(queue, "q", q_.view, out);
    return without_scales(std::move(out));
  }

 private:
  ops::LinearW8A8Groups groups() const {
    return {dims().inputs, problem_.x_group, problem_.w_group};
  }
  // The codes and their padding; the operator writes no scales.
  static std::vector<HostTensor> without_scales(std::vector<HostTensor> tensors) {
    std::erase_if(tensors, [](const HostTensor& tensor) { return tensor.name == "q.scale"; });
    return tensors;
  }

  reference::Quantized x() const {
    return make_quantized(61, dims().rows, dims().inputs, problem_.x_group, problem_.fill);
  }
  reference::Quantized w() const {
    return make_quantized(62, dims().outputs, dims().inputs, problem_.w_group, problem_.fill);
  }
  std::vector<float> bias() const {
    return problem_.bias ? make_vector(63, dims().outputs, 0.5f) : std::vector<float>{};
  }

  std::vector<float> scales() const {
    std::vector<float> given(static_cast<std::size_t>(dims().outputs), 0.25f);
    if (problem_.given == Given::rough) return given;
    const reference::MatrixF y = reference::linear_w8a8(x(), w(), bias());
    for (reference::Index n = 0; n < y.cols(); ++n) {
      float largest = 0;
      for (reference::Index m = 0; m < y.rows(); ++m)
        if (std::isfinite(y(m, n))) largest = std::max(largest, std::fabs(y(m, n)));
      given[static_cast<std::size_t>(n)] = largest / 127 * (n % 3 == 0 ? 0.4f : 1.1f);
    }
    if (problem_.given == Given::special) {
      using Limits = std::numeric_limits<float>;
      const float special[] = {0.0f,           -0.0f,
                               -1.0f,          Limits::quiet_NaN(),
                               Limits::max(),  Limits::infinity(),
                               Limits::min(),  Limits::denorm_min(),
                               -Limits::min(), -Limits::infinity()};
      for (std::size_t n = 0; n < given.size(); ++n)
        if (n % 2 == 1) given[n] = special[n / 2 % std::size(special)];
    }
    return given;
  }

  Problem problem_;
  std::string variant_;
  LinearW8A8Operands operands_;
  Buffer reciprocals_;
  DeviceF32 y_;
  DeviceCodes q_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](Problem problem) {
    const std::int64_t inputs = problem.dims.inputs;
    for (std::int64_t* group : {&problem.x_group, &problem.w_group})
      if (*group == 0 || *group > inputs) *group = inputs;
    out.push_back(std::make_unique<LinearW8A8QuantizeCase>(problem));
  };
  if (grid == CaseGrid::bench) {
    for (const std::int64_t hidden : {768, 1024})
      for (const LinearDims& dims :
           {LinearDims{16384, hidden, hidden}, LinearDims{16384, 3 * hidden, hidden},
            LinearDims{16384, 4 * hidden, hidden}, LinearDims{16384, hidden, 4 * hidden}})
        add({.dims = dims, .given = Given::rough});
    for (const LinearDims& dims :
         {LinearDims{128, 3072, 768}, LinearDims{2048, 4096, 4096}, LinearDims{8192, 8192, 8192}})
      add({.dims = dims, .given = Given::rough});
    return out;
  }
  std::size_t turn = 0;
  for (const LinearDims& dims : linear_dims(grid)) {
    add({.dims = dims, .bias = ++turn % 3 != 0});
    if (turn % 2 == 0) add({.dims = dims, .layout = layout_of_case(turn / 2)});
  }
  add({.dims = {9, 35, 1100}, .x_group = 128, .w_group = 128});
  add({.dims = {9, 35, 1100}, .x_group = 16, .layout = ops::CodesLayout::i8});
  // Tiles of all widths, whole and ragged, several stages behind each other and fewer.
  for (const LinearDims& dims : {LinearDims{3, 5, 64}, LinearDims{140, 300, 96},
                                 LinearDims{70, 530, 650}, LinearDims{200, 257, 1030}})
    for (const Fill fill : {Fill::random, Fill::special})
      for (const Given given : {Given::fitting, Given::special})
        add({.dims = dims, .fill = fill, .given = given});
  // Several rounds of work-groups.
  if (grid == CaseGrid::full)
    for (const LinearDims& dims : {LinearDims{3000, 1540, 640}, LinearDims{4100, 2304, 300},
                                   LinearDims{3000, 3072, 768}, LinearDims{2900, 1024, 2100}})
      add({.dims = dims, .given = Given::special});
  return out;
}

KernelCases products(const LinearDims& dims) {
  KernelCases out;
  out.push_back(std::make_unique<LinearW8A8QuantizeCase>(Problem{
      .dims = dims, .x_group = dims.inputs, .w_group = dims.inputs, .given = Given::rough}));
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearW8A8QuantizeVariants);
}

}  // namespace

KernelFamily linear_w8a8_quantize_family() {
  return {"linear_w8a8_quantize", variants, cases, products};
}

}  // namespace zerocl
