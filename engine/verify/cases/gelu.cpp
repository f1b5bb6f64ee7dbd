#include "host/ops/gelu.h"

#include "engine/verify/cases/elementwise_case.h"
#include "reference/gelu.h"

namespace zerocl {
namespace {

Elementwise gelu_of(const char* attribute, reference::GeluForm form, ops::GeluForm device_form) {
  return {
      "gelu", attribute, [form](const reference::MatrixF& x) { return reference::gelu(x, form); },
      [device_form](Queue& queue, const Tensor& x, const Tensor& y, const std::string& variant) {
        ops::gelu(queue, x, device_form, y, variant);
      }};
}

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  add_elementwise_cases(grid, gelu_of(" erf", reference::GeluForm::erf, ops::GeluForm::erf), out);
  add_elementwise_cases(grid, gelu_of(" tanh", reference::GeluForm::tanh, ops::GeluForm::tanh),
                        out);
  return out;
}

}  // namespace

KernelFamily gelu_family() {
  return {"gelu", portable_variant_names, cases};
}

}  // namespace zerocl
