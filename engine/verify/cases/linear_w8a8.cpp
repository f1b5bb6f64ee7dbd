#include "host/ops/linear_w8a8.h"

#include <fmt/format.h>

#include <memory>

#include "cl_kernels/abi/numerics.h"
#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/linear_w8a8_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_w8a8.h"

namespace zerocl {
namespace {

// What the operands hold.
enum class Codes {
  random,   // codes over the whole range, ordinary scales
  special,  // scales 0, NaN and tiny among ordinary ones
  worst,    // all codes 127, those of odd outputs -127: the largest sums
};

struct Problem {
  LinearDims dims;
  std::int64_t x_group = 0, w_group = 0;
  bool bias = true;
  Codes codes = Codes::random;

  std::string text() const {
    const char* names[] = {"random", "special", "worst"};
    return fmt::format("M={} N={} K={} gx={} gw={} {} {}", dims.rows, dims.outputs, dims.inputs,
                       x_group, w_group, bias ? "bias" : "no bias", names[static_cast<int>(codes)]);
  }
  double bytes() const {
    return code_matrix_bytes(dims.rows, dims.inputs, x_group) +
           code_matrix_bytes(dims.outputs, dims.inputs, w_group) +
           f32_bytes(dims.rows, dims.outputs) + (bias ? f32_bytes(1, dims.outputs) : 0.0);
  }
};

class LinearW8A8Case final : public LinearCase {
 public:
  explicit LinearW8A8Case(const Problem& problem)
      : LinearCase("linear_w8a8", problem.text(), problem.dims, problem.bytes()),
        problem_(problem) {}

  bool serves(const std::string& variant) const override {
    return ops::linear_w8a8_serves(variant, {dims().inputs, problem_.x_group, problem_.w_group});
  }

  std::vector<HostTensor> reference() const override {
    return {expected("y", reference::linear_w8a8(x(), w(), bias()))};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    operands_ = upload_linear_w8a8(queue, variant, x(), w(), bias());
    y_ = allocate_f32(queue, dims().rows, dims().outputs);
  }

  void launch(Queue& queue) override {
    ops::linear_w8a8(queue, operands_.x.view, operands_.weight, y_.tensor, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "y", y_.tensor)};
  }

 private:
  Fill fill() const { return problem_.codes == Codes::special ? Fill::special : Fill::random; }

  reference::Quantized x() const {
    reference::Quantized x =
        make_quantized(41, dims().rows, dims().inputs, problem_.x_group, fill());
    if (problem_.codes == Codes::worst) x.codes.setConstant(127);
    return x;
  }
  reference::Quantized w() const {
    reference::Quantized w =
        make_quantized(42, dims().outputs, dims().inputs, problem_.w_group, fill());
    if (problem_.codes == Codes::worst)
      for (std::int64_t n = 0; n < dims().outputs; ++n)
        w.codes.row(n).setConstant(n % 2 == 0 ? 127 : -127);
    return w;
  }
  std::vector<float> bias() const {
    return problem_.bias ? make_vector(43, dims().outputs, 0.5f) : std::vector<float>{};
  }

  Problem problem_;
  std::string variant_;
  LinearW8A8Operands operands_;
  DeviceF32 y_;
};

// Groups of x and w to try for K inputs; 0 stands for K.
struct Groups {
  std::int64_t x, w;
};
constexpr Groups kGroups[] = {{0, 0},   {16, 16}, {16, 0},    {0, 16},   {32, 64},   {64, 32},
                              {48, 96}, {128, 0}, {128, 128}, {0, 1040}, {256, 128}, {128, 384}};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const LinearDims& dims, Groups groups, bool bias, Codes codes) {
    const auto group = [&](std::int64_t g) { return g == 0 || g > dims.inputs ? dims.inputs : g; };
    out.push_back(std::make_unique<LinearW8A8Case>(
        Problem{dims, group(groups.x), group(groups.w), bias, codes}));
  };
  const std::vector<LinearDims> all = linear_dims(grid);
  if (grid == CaseGrid::bench) {
    for (const LinearDims& dims : all)
      for (const Groups groups : {kGroups[0], Groups{128, 128}})
        add(dims, groups, true, Codes::random);
    return out;
  }
  std::size_t turn = 1;
  for (const LinearDims& dims : all) {
    add(dims, kGroups[0], turn % 3 != 0, Codes::random);
    // The other groups in turn, so that all of them meet all kinds of shapes.
    const std::size_t more = grid == CaseGrid::full ? 4 : 1;
    for (std::size_t i = 0; i < more; ++i, ++turn)
      if (dims.inputs > 16)
        add(dims, kGroups[1 + turn % (std::size(kGroups) - 1)], turn % 2 != 0, Codes::random);
  }
  for (const Groups groups : kGroups) add({9, 35, 1100}, groups, true, Codes::random);
  // Whole tiles and ragged ones, with enough of them for each of wgmma's and mma's kernels.
  if (grid == CaseGrid::full)
    for (const LinearDims& dims :
         {LinearDims{300, 712, 900}, LinearDims{600, 1220, 900}, LinearDims{3000, 1540, 640}})
      for (const Groups groups : {kGroups[0], Groups{128, 0}, Groups{256, 128}, Groups{128, 384}})
        add(dims, groups, true, Codes::random);
  for (const LinearDims& dims : {LinearDims{1, 5, 64}, LinearDims{10, 40, 96}})
    for (const Groups groups : {kGroups[0], kGroups[1]}) add(dims, groups, true, Codes::special);
  for (const std::int64_t inputs : {2049, K_LIMIT})
    for (const Groups groups : {kGroups[0], Groups{0, 1024}})
      add({1, 8, inputs}, groups, false, Codes::worst);
  add({9, 33, 4100}, kGroups[0], true, Codes::worst);
  return out;
}

// Scales for whole rows, and for groups of 128.
KernelCases products(const LinearDims& dims) {
  KernelCases out;
  for (const std::int64_t group : {dims.inputs, std::int64_t{128}})
    if (out.empty() || (group < dims.inputs && dims.inputs % group == 0))
      out.push_back(std::make_unique<LinearW8A8Case>(Problem{dims, group, group}));
  return out;
}

std::vector<std::string> variants() {
  return variant_names(kLinearW8A8Variants);
}

}  // namespace

KernelFamily linear_w8a8_family() {
  return {"linear_w8a8", variants, cases, products};
}

}  // namespace zerocl
