#include "host/ops/linear_f32_fast.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_f32.h"
#include "tests/ops/family_test.h"

namespace zerocl {
namespace {

using reference::Index;
using reference::MatrixF;

struct Operands {
  MatrixF x, w;
  std::vector<float> bias;
  DeviceF32 device_x, y;
  Buffer values, device_bias;
  ops::LinearF32Weight weight;
};

Operands make_operands(const LinearDims& dims, bool bias) {
  Queue& queue = shared_queue();
  Operands o{make_matrix(71, dims.rows, dims.inputs, Fill::random),
             make_matrix(72, dims.outputs, dims.inputs, Fill::random),
             bias ? make_vector(73, dims.outputs, 0.0f) : std::vector<float>{},
             {},
             {},
             {},
             {},
             {}};
  o.device_x = upload(queue, o.x);
  o.y = allocate_f32(queue, dims.rows, dims.outputs);
  o.values = upload(queue, std::span(o.w.data(), static_cast<std::size_t>(o.w.size())));
  o.weight = {dims.outputs, dims.inputs, std::string(ops::kLinearF32FastFamily), o.values, {}};
  if (bias) o.weight.bias = o.device_bias = upload(queue, std::span<const float>(o.bias));
  return o;
}

}  // namespace

// Any order of sums is within K roundings of 2^-24 of the magnitudes, and so is the exact operator.
TEST(LinearF32Fast, IsNearTheExactOperator) {
  if (!ops::linear_f32_fast_available()) GTEST_SKIP() << "built without CLBlast";
  Queue& queue = shared_queue();
  for (const LinearDims dims :
       {LinearDims{1, 33, 65}, LinearDims{9, 64, 128}, LinearDims{70, 130, 33}})
    for (const bool bias : {false, true}) {
      const Operands o = make_operands(dims, bias);
      ops::linear_f32_fast(queue, o.device_x.tensor, o.weight, o.y.tensor);
      const HostTensor got = download(queue, "y", o.y.tensor);
      const MatrixF want = reference::linear_f32(o.x, o.w, o.bias);
      const MatrixF magnitude = o.x.cwiseAbs() * o.w.cwiseAbs().transpose();
      for (Index m = 0; m < want.rows(); ++m)
        for (Index n = 0; n < want.cols(); ++n) {
          const double start = bias ? std::fabs(o.bias[static_cast<std::size_t>(n)]) : 0.0;
          const double bound = 2.0 * static_cast<double>(dims.inputs + 1) * 0x1p-24 *
                               (double{magnitude(m, n)} * 1.001 + start);
          ASSERT_LE(std::fabs(double{elements<float>(got)[m * want.cols() + n]} - want(m, n)),
                    bound)
              << m << " " << n;
        }
    }
}

TEST(LinearF32Fast, RefusesWhatDoesNotFit) {
  Queue& queue = shared_queue();
  const Operands o = make_operands({2, 3, 4}, false);
  if (!ops::linear_f32_fast_available()) {
    expect_error([&] { ops::linear_f32_fast(queue, o.device_x.tensor, o.weight, o.y.tensor); },
                 {"linear_f32_fast", "without CLBlast"});
    return;
  }
  ops::LinearF32Weight w = o.weight;
  w.family = "panels";
  expect_error([&] { ops::linear_f32_fast(queue, o.device_x.tensor, w, o.y.tensor); },
               {"linear_f32_fast", "'panels'", "'rows'"});
  w = o.weight;
  w.inputs = 5;
  expect_error([&] { ops::linear_f32_fast(queue, o.device_x.tensor, w, o.y.tensor); },
               {"linear_f32_fast", "x is f32 [2, 4]", "[2, 5]"});
}

}  // namespace zerocl
