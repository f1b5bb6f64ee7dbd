#pragma once

#include <functional>
#include <string>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"

namespace zerocl {

// y = f(x) element by element, in the reference and on a device.
struct Elementwise {
  std::string op;
  std::string attribute;  // " form=erf", shown after the shape
  std::function<reference::MatrixF(const reference::MatrixF&)> reference;
  std::function<void(Queue&, const Tensor& x, const Tensor& y, const std::string& variant)> launch;
};

// Cases of the grid, one in two with y in x's memory.
void add_elementwise_cases(CaseGrid grid, const Elementwise& function, KernelCases& out);

}  // namespace zerocl
