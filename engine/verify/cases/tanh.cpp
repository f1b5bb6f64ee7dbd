#include "host/ops/tanh.h"

#include "engine/verify/cases/elementwise_case.h"
#include "reference/tanh.h"

namespace zerocl {
namespace {

KernelCases cases(CaseGrid grid) {
  const Elementwise function{"tanh", "",
                             [](const reference::MatrixF& x) { return reference::tanh(x); },
                             [](Queue& queue, const Tensor& x, const Tensor& y,
                                const std::string& variant) { ops::tanh(queue, x, y, variant); }};
  KernelCases out;
  add_elementwise_cases(grid, function, out);
  return out;
}

}  // namespace

KernelFamily tanh_family() {
  return {"tanh", [] { return variant_names(ops::kTanhVariants); }, cases};
}

}  // namespace zerocl
