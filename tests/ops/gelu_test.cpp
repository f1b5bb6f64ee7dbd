#include "host/ops/gelu.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/gelu.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily gelu_family();

TEST(Gelu, DeviceHasTheBitsOfTheReference) {
  check_family(gelu_family());
}

// tests/reference/elementary_test.cpp holds the scalar functions to their stated errors; here: that
// each form is applied to each element.
TEST(Gelu, ReferenceIsGeluOfEachElement) {
  const reference::MatrixF x = make_matrix(23, 50, 70, Fill::random);
  const reference::MatrixF erf = reference::gelu(x, reference::GeluForm::erf);
  const reference::MatrixF tanh = reference::gelu(x, reference::GeluForm::tanh);
  double worst_erf = 0, worst_tanh = 0;
  for (reference::Index i = 0; i < x.size(); ++i) {
    const double v = x.data()[i];
    const double inner = std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v);
    worst_erf = std::max(worst_erf, std::fabs(erf.data()[i] - v * std::erfc(-v / M_SQRT2) / 2));
    worst_tanh = std::max(worst_tanh, std::fabs(tanh.data()[i] - v * (1 + std::tanh(inner)) / 2));
  }
  std::printf("  largest errors: erf %.3g, tanh %.3g (bound 2e-6, values up to 16)\n", worst_erf,
              worst_tanh);
  EXPECT_LE(worst_erf, 2e-6);
  EXPECT_LE(worst_tanh, 2e-6);
}

TEST(Gelu, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20), y = allocate_f32(queue, 20, 3);
  expect_error([&] { ops::gelu(queue, x.tensor, ops::GeluForm::erf, y.tensor); },
               {"gelu", "y is f32 [20, 3]", "[3, 20]"});
}

}  // namespace zerocl
