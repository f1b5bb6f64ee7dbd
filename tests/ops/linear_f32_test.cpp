#include "host/ops/linear_f32.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdio>

#include "cl_kernels/abi/linear_f32.h"
#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_f32.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_f32_family();

namespace {

using reference::Index;
using reference::MatrixF;

std::span<const float> values_of(const MatrixF& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

struct DeviceWeight {
  Buffer values;
  ops::LinearF32Weight w;
};

DeviceWeight upload_weight(const MatrixF& w, std::string_view family) {
  DeviceWeight out;
  out.w.outputs = w.rows();
  out.w.inputs = w.cols();
  out.w.family = family;
  std::vector<float> packed(ops::packed_floats_f32(family, w.rows(), w.cols()));
  ops::pack_linear_f32(family, values_of(w), w.rows(), w.cols(), packed);
  out.w.values = out.values = upload(shared_queue(), std::span<const float>(packed));
  return out;
}

}  // namespace

TEST(LinearF32, DeviceHasTheBitsOfTheReference) {
  check_family(linear_f32_family());
}

// A chain in another order, or one that rounds the products, has other bits here.
TEST(LinearF32, ReferenceIsOneAscendingChainOfFma) {
  MatrixF x(1, 3), w(1, 3);
  x << 1.0f + 0x1p-12f, 1.0f, 0x1p-30f;
  w << 1.0f + 0x1p-12f, -1.0f, 1.0f;
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24, a tie that rounds to even; the rest is exact.
  EXPECT_EQ(reference::linear_f32(x, w, {})(0, 0), 0x1p-11f + 0x1p-30f);
  // The product is exact on top of -1; here 2^-30 falls below the last place.
  const float bias[] = {-1.0f};
  EXPECT_EQ(reference::linear_f32(x, w, bias)(0, 0), -1.0f + 0x1p-11f + 0x1p-24f);
}

TEST(LinearF32, ReferenceKeepsZerosAndNan) {
  MatrixF x(1, 2), w(1, 2);
  x << -0.0f, -1.0f;
  w << 1.0f, 0.0f;
  const float minus_zero[] = {-0.0f};
  EXPECT_FALSE(std::signbit(reference::linear_f32(x, w, {})(0, 0)));  // from +0
  EXPECT_TRUE(std::signbit(reference::linear_f32(x, w, minus_zero)(0, 0)));
  x << INFINITY, 1.0f;
  w << 0.0f, 1.0f;
  EXPECT_TRUE(std::isnan(reference::linear_f32(x, w, {})(0, 0)));
}

// A chain of K fma loses at most K roundings of 2^-24 of the magnitudes.
TEST(LinearF32, ReferenceIsNearFloat64) {
  constexpr Index inputs = 500;
  const MatrixF x = make_matrix(61, 20, inputs, Fill::random);
  const MatrixF w = make_matrix(62, 35, inputs, Fill::random);
  const std::vector<float> bias = make_vector(63, 35, 0.0f);
  const MatrixF y = reference::linear_f32(x, w, bias);
  double worst = 0;
  for (Index m = 0; m < x.rows(); ++m)
    for (Index n = 0; n < w.rows(); ++n) {
      double sum = bias[static_cast<std::size_t>(n)], magnitude = std::fabs(sum);
      for (Index k = 0; k < inputs; ++k) {
        sum += double{x(m, k)} * w(n, k);
        magnitude += std::fabs(double{x(m, k)} * w(n, k));
      }
      worst = std::max(worst, std::fabs(y(m, n) - sum) / magnitude);
    }
  std::printf("  largest error: %.3g of the magnitudes (bound %.3g)\n", worst, inputs * 0x1p-24);
  EXPECT_LE(worst, inputs * 0x1p-24);
}

// x and y inside wider matrices: read and written where the strides say, nothing beside it.
TEST(LinearF32, TakesStrides) {
  Queue& queue = shared_queue();
  for (const LinearDims dims : {LinearDims{1, 5, 40}, LinearDims{9, 33, 70}, LinearDims{13, 32, 8},
                                LinearDims{70, 130, 33}}) {
    const MatrixF wide_x = make_matrix(64, dims.rows, dims.inputs + 5, Fill::random);
    const MatrixF w = make_matrix(65, dims.outputs, dims.inputs, Fill::random);
    const MatrixF want = reference::linear_f32(wide_x.leftCols(dims.inputs), w, {});
    const DeviceF32 x = upload(queue, wide_x);
    for (const Variant& variant : kLinearF32Variants) {
      const DeviceWeight weight = upload_weight(w, ops::linear_f32_family_of(variant.name));
      const std::int64_t stride = dims.outputs + 3;
      const DeviceF32 wide_y = allocate_f32(queue, dims.rows + 1, stride);
      const HostTensor before = download(queue, "y", wide_y.tensor);
      ops::linear_f32(queue, Tensor(x.buffer, DType::f32, dims.rows, dims.inputs, dims.inputs + 5),
                      weight.w, Tensor(wide_y.buffer, DType::f32, dims.rows, dims.outputs, stride),
                      variant.name);
      const HostTensor after = download(queue, "y", wide_y.tensor);
      for (std::int64_t i = 0; i < (dims.rows + 1) * stride; ++i) {
        const bool inside = i % stride < dims.outputs && i / stride < dims.rows;
        const float value = inside ? want(i / stride, i % stride) : elements<float>(before)[i];
        ASSERT_EQ(std::bit_cast<std::uint32_t>(elements<float>(after)[i]),
                  std::bit_cast<std::uint32_t>(value))
            << "variant '" << variant.name << "' row " << i / stride << " column " << i % stride;
      }
    }
  }
}

TEST(LinearF32, PackingsHoldTheWeightAndZeros) {
  const MatrixF w = make_matrix(66, 37, 11, Fill::random);
  for (const char* family : {"panels", "columns", "rows"}) {
    std::vector<float> packed(ops::packed_floats_f32(family, 37, 11), 7.0f), back(37 * 11);
    ops::pack_linear_f32(family, values_of(w), 37, 11, packed);
    ops::unpack_linear_f32(family, packed, 37, 11, back);
    EXPECT_TRUE(std::equal(back.begin(), back.end(), w.data())) << family;
    const std::size_t zeros =
        static_cast<std::size_t>(std::count(packed.begin(), packed.end(), 0.0f));
    EXPECT_EQ(zeros, packed.size() - back.size()) << family;
  }
  std::vector<float> packed(ops::packed_floats_f32("panels", 37, 11));
  ops::pack_linear_f32("panels", values_of(w), 37, 11, packed);
  EXPECT_EQ(packed.at(LINEAR_F32_PANELS_INDEX(36, 10, 11)), w(36, 10));
  packed.resize(ops::packed_floats_f32("columns", 37, 11));
  ops::pack_linear_f32("columns", values_of(w), 37, 11, packed);
  EXPECT_EQ(packed.at(LINEAR_F32_COLUMNS_INDEX(36, 10, 37)), w(36, 10));
}

TEST(LinearF32, RefusesWhatDoesNotFit) {
  Queue& queue = shared_queue();
  const DeviceF32 x = upload(queue, make_matrix(67, 3, 10, Fill::random));
  const DeviceF32 y = allocate_f32(queue, 3, 6);
  const DeviceWeight good = upload_weight(make_matrix(68, 6, 10, Fill::random), "panels");
  const auto call = [&](const Tensor& a, const ops::LinearF32Weight& b, const Tensor& c,
                        std::string_view variant = {}) {
    return [&queue, a, b, c, variant] { ops::linear_f32(queue, a, b, c, variant); };
  };
  Tensor narrow = x.tensor;
  narrow.cols = 9;
  expect_error(call(narrow, good.w, y.tensor), {"linear_f32", "x is f32 [3, 9]", "[3, 10]"});
  Tensor tall = y.tensor;
  tall.rows = 4;
  expect_error(call(x.tensor, good.w, tall), {"linear_f32", "y is f32 [4, 6]", "[3, 6]"});
  Tensor codes = x.tensor;
  codes.dtype = DType::i32;
  expect_error(call(codes, good.w, y.tensor), {"linear_f32", "x is i32"});
  ops::LinearF32Weight w = good.w;
  w.values.bytes -= 1;
  expect_error(call(x.tensor, w, y.tensor), {"linear_f32", "w has 1279 bytes", "1280"});
  w = good.w;
  w.bias = y.buffer;
  w.bias.bytes = 20;
  expect_error(call(x.tensor, w, y.tensor), {"linear_f32", "bias has 20 bytes", "24"});
  w = good.w;
  w.family = "rows";
  expect_error(call(x.tensor, w, y.tensor), {"linear_f32", "family 'rows'"});
  expect_error(call(x.tensor, good.w, y.tensor, "group"),
               {"linear_f32", "'group'", "'columns'", "'panels'"});
  expect_error(call(x.tensor, good.w, y.tensor, "vnni"), {"linear_f32", "no variant 'vnni'"});
  std::vector<float> small(10);
  expect_error([&] { ops::pack_linear_f32("panels", small, 6, 10, small); },
               {"linear_f32", "10 values", "[6, 10]"});
  expect_error([&] { ops::packed_floats_f32("tiles", 6, 10); }, {"linear_f32", "'tiles'"});
}

}  // namespace zerocl
