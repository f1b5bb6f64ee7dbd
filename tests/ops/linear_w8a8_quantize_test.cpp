#include "host/ops/linear_w8a8_quantize.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "engine/verify/cases/linear_w8a8_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/linear_w8a8_quantize.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_w8a8_quantize_family();

namespace {

using Limits = std::numeric_limits<float>;
using reference::Index;

constexpr float kInfinity = Limits::infinity();

// Codes of one row of outputs that are `values` (as biases of a product of zeros).
std::vector<int> codes_of(const std::vector<float>& values, const std::vector<float>& scales,
                          std::string_view variant) {
  Queue& queue = shared_queue();
  const auto outputs = static_cast<Index>(values.size());
  const reference::Quantized x{reference::MatrixI8::Zero(1, 64), reference::MatrixF::Ones(1, 1),
                               64};
  const reference::Quantized w{reference::MatrixI8::Zero(outputs, 64),
                               reference::MatrixF::Ones(outputs, 1), 64};
  const std::string_view product =
      variant == "wgmma" ? variant : ops::choose_linear_w8a8(queue.facts(), {64, 64, 64}).name;
  const LinearW8A8Operands operands = upload_linear_w8a8(queue, product, x, w, values);
  const std::vector<float> given = ops::scale_reciprocals(scales);
  const Buffer reciprocals = upload(queue, std::span(given));
  const DeviceF32 y = allocate_f32(queue, 1, outputs);
  const DeviceCodes q = allocate_codes(queue, 1, outputs, outputs, ops::CodesLayout::tiles);
  ops::linear_w8a8_quantize(queue, operands.x.view, operands.weight, reciprocals, y.tensor,
                            {q.view.codes, q.view.layout}, variant);
  std::vector<HostTensor> out;
  download(queue, "q", q.view, out);
  const std::int8_t* codes = elements<std::int8_t>(out.front());
  return {codes, codes + outputs};
}

}  // namespace

TEST(LinearW8A8Quantize, DeviceHasTheBitsOfTheReference) {
  check_family(linear_w8a8_quantize_family());
}

TEST(LinearW8A8Quantize, RoundsSaturatesAndLeavesNothingUndefined) {
  const std::vector<float> values = {
      1, 3, 5,         -3, 127.5f, -127.5f, 1000, -1e9, kInfinity, -kInfinity, Limits::quiet_NaN(),
      7, 7, kInfinity, 7,  -7,     1e-38f,  1};
  const std::vector<float> scales = {2,
                                     2,
                                     2,
                                     2,
                                     1,
                                     1,
                                     1,
                                     1,
                                     3,
                                     3,
                                     3,
                                     0,
                                     Limits::quiet_NaN(),
                                     0,
                                     -1,
                                     kInfinity,
                                     Limits::min(),
                                     Limits::denorm_min()};
  const std::vector<int> expected = {0,    2, 2, -2, 127, -127, 127, -127, 127,
                                     -127, 0, 0, 0,  0,   0,    0,   1,    0};
  for (std::size_t n = 0; n < values.size(); ++n)
    EXPECT_EQ(reference::given_code(values[n], scales[n]), expected[n]) << n;
  for (const Variant& variant : kLinearW8A8QuantizeVariants) {
    if (variant.refusal(shared_queue().facts())) continue;
    EXPECT_EQ(codes_of(values, scales, variant.name), expected) << variant.name;
  }
}

// Within half a code of the value where it fits.
TEST(LinearW8A8Quantize, CodesStandForTheirValues) {
  const std::vector<float> values = make_vector(7, 1000, 0.5f);
  for (const float scale : {0.01f, 0.003f})
    for (const float value : values) {
      const double code = reference::given_code(value, scale);
      const double fits = std::fmin(std::fmax(double{value}, -127.0 * scale), 127.0 * scale);
      EXPECT_NEAR(code * scale, fits, 0.5001 * scale);
    }
}

TEST(LinearW8A8Quantize, ReciprocalsAreThoseOfNormalScales) {
  const std::vector<float> scales = {
      3.0f,  Limits::min(),    Limits::max(), 0.0f, -3.0f, kInfinity, Limits::quiet_NaN(),
      -0.0f, Limits::min() / 2};
  const std::vector<float> expected = {1.0f / 3, 0x1p126f, 1.0f / Limits::max(), 0, 0, 0, 0, 0, 0};
  const std::vector<float> got = ops::scale_reciprocals(scales);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_EQ(std::bit_cast<std::uint32_t>(got[i]), std::bit_cast<std::uint32_t>(expected[i])) << i;
}

TEST(LinearW8A8Quantize, TheVariantFollowsGroupsAndLayout) {
  DeviceFacts facts;
  facts.is_gpu = true;
  facts.nvidia_sm_major = 9;
  const auto chosen = [&](ops::LinearW8A8Groups groups, ops::CodesLayout layout) {
    return ops::choose_linear_w8a8_quantize(facts, groups, layout).name;
  };
  EXPECT_EQ(chosen({768, 768, 768}, ops::CodesLayout::tiles), "wgmma");
  EXPECT_EQ(chosen({768, 768, 768}, ops::CodesLayout::i8), "group");
  EXPECT_EQ(chosen({768, 128, 768}, ops::CodesLayout::tiles), "group");
  EXPECT_EQ(chosen({768, 768, 128}, ops::CodesLayout::tiles), "group");
  facts.is_gpu = false;
  facts.is_cpu = true;
  facts.nvidia_sm_major = 0;
  EXPECT_EQ(chosen({768, 768, 768}, ops::CodesLayout::tiles), "");
}

TEST(LinearW8A8Quantize, RefusesOperandsThatDoNotFit) {
  Queue& queue = shared_queue();
  const LinearW8A8Operands operands =
      upload_linear_w8a8(queue, "", make_quantized(1, 3, 64, 64, Fill::random),
                         make_quantized(2, 8, 64, 64, Fill::random), {});
  const DeviceF32 y = allocate_f32(queue, 3, 8), other = allocate_f32(queue, 3, 7);
  const DeviceCodes q = allocate_codes(queue, 3, 8, 8, ops::CodesLayout::i8);
  const DeviceCodes wrong = allocate_codes(queue, 4, 8, 8, ops::CodesLayout::i8);
  const DeviceCodes tiles = allocate_codes(queue, 3, 8, 8, ops::CodesLayout::tiles);
  const std::vector<float> ones(8, 1.0f);
  const Buffer r = upload(queue, std::span(ones));
  const Buffer few = upload(queue, std::span<const float>(ones).first(7));
  const auto call = [&](const Buffer& reciprocals, const DeviceF32& scratch, const DeviceCodes& out,
                        std::string_view variant) {
    return [&, variant] {
      ops::linear_w8a8_quantize(queue, operands.x.view, operands.weight, reciprocals,
                                scratch.tensor, {out.view.codes, out.view.layout}, variant);
    };
  };
  EXPECT_NO_THROW(call(r, y, q, "group")());
  expect_error(call(few, y, q, ""), {"linear_w8a8_quantize", "reciprocals", "8 elements"});
  expect_error(call(r, other, q, ""), {"linear_w8a8_quantize", "scratch", "[3, 8]"});
  expect_error(call(r, y, wrong, ""), {"linear_w8a8_quantize", "[4, 8]", "[3, 8]"});
  expect_error(call(r, y, q, "wgmma"), {"linear_w8a8_quantize", "wgmma", "tiles"});
  expect_error(call(r, y, tiles, "wgmma"), {"linear_w8a8_quantize", "family 'tiles'", "pairs"});
  expect_error(call(r, y, q, "fast"), {"linear_w8a8_quantize", "no variant 'fast'"});
}

}  // namespace zerocl
