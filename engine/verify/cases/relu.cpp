#include "host/ops/relu.h"

#include "engine/verify/cases/elementwise_case.h"
#include "reference/relu.h"

namespace zerocl {
namespace {

KernelCases cases(CaseGrid grid) {
  const Elementwise function{"relu", "",
                             [](const reference::MatrixF& x) { return reference::relu(x); },
                             [](Queue& queue, const Tensor& x, const Tensor& y,
                                const std::string& variant) { ops::relu(queue, x, y, variant); }};
  KernelCases out;
  add_elementwise_cases(grid, function, out);
  return out;
}

}  // namespace

KernelFamily relu_family() {
  return {"relu", portable_variant_names, cases};
}

}  // namespace zerocl
