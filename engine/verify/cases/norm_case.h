#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"

namespace zerocl {

// Which outputs of a norm share memory with an input.
enum class InPlace { none, y_is_x, y_is_residual, sum_is_x };

// A problem of the layer_norm family. The operator follows from what it asks for: a residual makes
// it add_layer_norm, a group adds _quantize.
struct NormProblem {
  RowShape shape;
  Fill fill = Fill::random;
  bool residual = false;
  std::optional<std::int64_t> group;
  ops::CodesLayout layout = ops::CodesLayout::i8;
  bool want_sum = false;
  bool want_y = true;
  InPlace in_place = InPlace::none;

  std::string op() const;
  std::string text() const;
  double bytes() const;
};

class NormCase final : public RowCase {
 public:
  explicit NormCase(const NormProblem& problem)
      : RowCase(problem.op(), problem.text(), problem.bytes()), problem_(problem) {}

  bool serves(const std::string& variant) const override;
  std::vector<HostTensor> reference() const override;
  void prepare(Queue& queue, const std::string& variant) override;
  void launch(Queue& queue) override;
  std::vector<HostTensor> outputs(Queue& queue) override;

 private:
  reference::MatrixF x() const;
  reference::MatrixF residual() const;
  std::vector<float> gamma() const { return make_vector(33, problem_.shape.cols, 1.0f); }
  std::vector<float> beta() const { return make_vector(34, problem_.shape.cols, 0.0f); }

  NormProblem problem_;
  std::string variant_;
  DeviceF32 x_, residual_, own_sum_, own_y_;
  Buffer gamma_, beta_;
  DeviceCodes q_;
  Tensor sum_, y_;  // where the outputs go: own memory or an input's
};

// The cases of one operator of the family.
KernelCases norm_cases(CaseGrid grid, bool residual, bool quantize);

}  // namespace zerocl
