#include "host/ops/linear_f16_n16f25.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <set>

#include "engine/verify/cases/linear_f16_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "host/ops/linear_f16_n16f25_gelu_f16.h"
#include "host/ops/linear_f16_n16f25_store_qkv_f16.h"
#include "host/source.h"
#include "reference/linear_f16_n16f25.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_f16_n16f25_family();

using reference::Index;
using reference::MatrixF;
using reference::MatrixF16;

TEST(LinearF16N16F25, DeviceHasTheBitsOfTheReference) {
  check_family(linear_f16_n16f25_family());
}

// Runs of 16 in ascending order: what the first run loses, the second cannot bring back.
TEST(LinearF16N16F25, ReferenceIsAChainOfFusedSums) {
  MatrixF x = MatrixF::Zero(1, 17), w = MatrixF::Zero(1, 17);
  x(0, 0) = 1.0f, w(0, 0) = 1.0f;
  x(0, 1) = 0x1p-13f, w(0, 1) = 0x1p-13f;
  x(0, 16) = 1.0f, w(0, 16) = -1.0f;
  EXPECT_EQ(reference::linear_f16_n16f25(reference::to_f16(x), reference::to_f16(w), {})(0, 0), 0);
  std::swap(x(0, 1), x(0, 16)), std::swap(w(0, 1), w(0, 16));
  EXPECT_EQ(reference::linear_f16_n16f25(reference::to_f16(x), reference::to_f16(w), {})(0, 0),
            0x1p-26f);
  const float bias[] = {1.0f};
  EXPECT_EQ(reference::linear_f16_n16f25(reference::to_f16(x), reference::to_f16(w), bias)(0, 0),
            1.0f);
}

// The bound of NUMERICS.md 1.11, with the sum of magnitudes above all partial sums, and the bias's
// rounding.
TEST(LinearF16N16F25, ReferenceIsNearFloat64) {
  constexpr Index inputs = 500;
  const MatrixF16 x = reference::to_f16(make_matrix(61, 20, inputs, Fill::random));
  const MatrixF16 w = reference::to_f16(make_matrix(62, 35, inputs, Fill::random));
  const std::vector<float> bias = make_vector(63, 35, 0.0f);
  const MatrixF y = reference::linear_f16_n16f25(x, w, bias);
  constexpr Index steps = (inputs + 15) / 16;  // of the sum
  const double bound = 0x1p-20 * static_cast<double>(steps) + 0x1p-24;
  double worst = 0;
  for (Index m = 0; m < x.rows(); ++m)
    for (Index n = 0; n < w.rows(); ++n) {
      double sum = double{bias[static_cast<std::size_t>(n)]}, magnitude = std::fabs(sum);
      for (Index k = 0; k < inputs; ++k) {
        const double product = double{reference::from_f16(x(m, k))} * reference::from_f16(w(n, k));
        sum += product;
        magnitude += std::fabs(product);
      }
      worst = std::max(worst, std::fabs(y(m, n) - sum) / magnitude);
    }
  std::printf("  largest error: %.3g of the magnitudes (bound %.3g)\n", worst, bound);
  EXPECT_LE(worst, bound);
}

TEST(LinearF16N16F25, PackingsHoldTheWeightAndZeros) {
  const MatrixF16 w = reference::to_f16(make_matrix(66, 37, 11, Fill::random));
  for (const char* family : {"panels", "rows", "tiles"}) {
    std::vector<std::uint16_t> packed(ops::packed_halves(family, 37, 11), 7);
    ops::pack_linear_f16(family, {w.data(), static_cast<std::size_t>(w.size())}, 37, 11, packed);
    std::int64_t zeros = 0, others = 0;
    for (const std::uint16_t bits : packed) (bits == 0 ? zeros : others) += 1;
    EXPECT_EQ(zeros, static_cast<std::int64_t>(packed.size()) - 37 * 11) << family;
    EXPECT_EQ(others, 37 * 11) << family;
  }
  EXPECT_EQ(ops::packed_halves("panels", 37, 11), 48u * 11);
}

// Each tile that a launcher may choose has a source, the fused operators' too: no device of the
// tests need run it to see that.
TEST(LinearF16N16F25, LaunchersKernelsExist) {
  std::vector<std::vector<KernelId>> lists = {
      ops::linear_f16_n16f25_gelu_f16_kernels(ops::GeluForm::erf),
      ops::linear_f16_n16f25_gelu_f16_kernels(ops::GeluForm::tanh),
      ops::linear_f16_n16f25_store_qkv_f16_kernels()};
  for (const Variant& variant : kLinearF16Variants) {
    lists.push_back(ops::linear_f16_kernels(variant.name));
    EXPECT_EQ(lists.back().front().variant, variant.name);
  }
  const KernelSources sources = KernelSources::embedded();
  for (const std::vector<KernelId>& kernels : lists) {
    ASSERT_FALSE(kernels.empty());
    EXPECT_EQ(std::set<KernelId>(kernels.begin(), kernels.end()).size(), kernels.size());
    for (const KernelId& kernel : kernels)
      EXPECT_NO_THROW(sources.file_of(kernel)) << kernel.function();
  }
}

TEST(LinearF16N16F25, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const MatrixF16 x = reference::to_f16(make_matrix(1, 3, 8, Fill::random));
  const MatrixF16 w = reference::to_f16(make_matrix(2, 5, 8, Fill::random));
  LinearF16Operands operands = upload_linear_f16(queue, "", x, w, {});
  const DeviceF32 y = allocate_f32(queue, 3, 5), narrow = allocate_f32(queue, 3, 4);
  const auto call = [&](const DeviceF32& to, std::string_view variant) {
    return [&queue, &operands, &to, variant] {
      ops::linear_f16_n16f25(queue, operands.x.view, operands.weight, to.tensor, variant);
    };
  };
  expect_error(call(narrow, ""), {"linear_f16_n16f25", "[3, 4]", "expected f32 [3, 5]"});
  expect_error(call(y, "group"), {"linear_f16_n16f25", "'panels'"});
  expect_error(call(y, "none"), {"linear_f16_n16f25", "no variant 'none'"});
  operands.x.view.layout = ops::F16Layout::tiles;
  expect_error(call(y, ""), {"linear_f16_n16f25"});
}

}  // namespace zerocl
