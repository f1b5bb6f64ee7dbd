#include "host/ops/l2_normalize.h"

#include "engine/verify/cases/elementwise_case.h"
#include "reference/l2_normalize.h"

namespace zerocl {
namespace {

// Not elementwise, but of the same form: one matrix in, one of its shape out.
KernelCases cases(CaseGrid grid) {
  const Elementwise function{
      "l2_normalize", "", [](const reference::MatrixF& x) { return reference::l2_normalize(x); },
      [](Queue& queue, const Tensor& x, const Tensor& y, const std::string& variant) {
        ops::l2_normalize(queue, x, y, variant);
      }};
  KernelCases out;
  add_elementwise_cases(grid, function, out);
  return out;
}

}  // namespace

KernelFamily l2_normalize_family() {
  return {"l2_normalize", portable_variant_names, cases};
}

}  // namespace zerocl
