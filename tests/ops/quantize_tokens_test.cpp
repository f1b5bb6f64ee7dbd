#include "host/ops/quantize_tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "host/error.h"
#include "reference/quantize_tokens.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily quantize_tokens_family();

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

reference::MatrixF row(std::initializer_list<float> values) {
  reference::MatrixF matrix(1, static_cast<reference::Index>(values.size()));
  std::copy(values.begin(), values.end(), matrix.data());
  return matrix;
}

}  // namespace

TEST(QuantizeTokens, DeviceHasTheBitsOfTheReference) {
  check_family(quantize_tokens_family());
}

TEST(QuantizeTokens, ReferenceRoundsTiesToEven) {
  const reference::Quantized q =
      reference::quantize_tokens(row({0.5f, 1.5f, -2.5f, 127.0f, -127.0f, 126.5f}), 6);
  const std::int8_t want[] = {0, 2, -2, 127, -127, 126};
  for (reference::Index k = 0; k < 6; ++k) EXPECT_EQ(q.codes(0, k), want[k]) << k;
  EXPECT_EQ(q.scales(0, 0), 127.0f * 0x1.020408p-7f);
}

TEST(QuantizeTokens, ReferenceOfSpecialGroups) {
  const float below = std::nextafter(0x1p-100f, 0.0f);
  const float largest = std::numeric_limits<float>::max();
  // One group of two elements after another.
  const reference::Quantized q =
      reference::quantize_tokens(row({0.0f, -0.0f, below, -below, 0x1p-100f, -0x1p-100f, largest,
                                      -largest / 2, kInfinity, 1.0f, kNan, 5.0f, 3.0f}),
                                 2);
  const int codes[] = {0, 0, 0, 0, 127, -127, 127, -64, 0, 0, 0, 0, 127};
  for (reference::Index k = 0; k < 13; ++k) EXPECT_EQ(q.codes(0, k), codes[k]) << k;
  EXPECT_EQ(std::bit_cast<std::uint32_t>(q.scales(0, 0)), 0u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(q.scales(0, 1)), 0u);
  EXPECT_EQ(q.scales(0, 2), 0x1p-100f * 0x1.020408p-7f);
  EXPECT_EQ(q.scales(0, 3), largest * 0x1.020408p-7f);
  EXPECT_TRUE(std::isnan(q.scales(0, 4)));
  EXPECT_TRUE(std::isnan(q.scales(0, 5)));
  EXPECT_EQ(q.scales(0, 6), 3.0f * 0x1.020408p-7f);
}

// 1.7 rounds x * r once: these products round to a tie, whose even neighbour is the farther one.
TEST(QuantizeTokens, ReferenceRoundsOnce) {
  const float r = reference::quant_scale(std::bit_cast<std::uint32_t>(1.0f)).r;
  EXPECT_EQ(0x1.83060cp-7f * r, 1.5f);
  EXPECT_EQ(reference::quant_code(0x1.83060cp-7f, r), 1);
  EXPECT_EQ(reference::quant_code(-0x1.83060cp-7f, r), -1);
  EXPECT_EQ(0x1.22448ap-5f * r, 4.5f);
  EXPECT_EQ(reference::quant_code(0x1.22448ap-5f, r), 5);
  EXPECT_EQ(reference::quant_code(-0x1.22448ap-5f, r), -5);
}

// |x - code * scale| <= scale / 2, up to the roundings of r and of the scale (a product and its
// factor): together below 2^-24 * 127 * 3 codes.
TEST(QuantizeTokens, ReferenceIsWithinHalfAScale) {
  double worst = 0;
  for (const std::int64_t group : {1, 7, 64, 300}) {
    const reference::MatrixF x = make_matrix(5, 200, 300, Fill::random);
    const reference::Quantized q = reference::quantize_tokens(x, group);
    for (reference::Index m = 0; m < x.rows(); ++m)
      for (reference::Index k = 0; k < x.cols(); ++k) {
        const double scale = q.scales(m, k / group);
        const double error = std::fabs(x(m, k) - q.codes(m, k) * scale);
        if (scale == 0)
          EXPECT_LT(std::fabs(x(m, k)), 0x1p-100f);
        else
          worst = std::max(worst, error / scale);
      }
  }
  std::printf("  largest error: 1/2 + %.3g scales (bound 1/2 + %.3g)\n", worst - 0.5,
              127 * 3 * 0x1p-24);
  EXPECT_LE(worst, 0.5 + 127 * 3 * 0x1p-24);
}

// Every exponent and the largest significands: no code leaves [-127, 127], the largest is 127.
TEST(QuantizeTokens, ReferenceNeverNeedsClamping) {
  for (std::uint32_t exponent = 27; exponent < 255; ++exponent)
    for (const std::uint32_t fraction : {0u, 1u, 0x2aaaaau, 0x555555u, 0x7ffffeu, 0x7fffffu}) {
      const std::uint32_t bits = exponent << 23 | fraction;
      const float r = reference::quant_scale(bits).r;
      EXPECT_EQ(reference::quant_code(std::bit_cast<float>(bits), r), 127) << std::hex << bits;
      EXPECT_EQ(reference::quant_code(-std::bit_cast<float>(bits), r), -127) << std::hex << bits;
      EXPECT_LE(double{std::bit_cast<float>(bits)} * r, 127 + 0x1p-17) << std::hex << bits;
    }
}

TEST(QuantizeTokens, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 70);
  const DeviceCodes good = allocate_codes(queue, 3, 70, 70, ops::CodesLayout::i8);
  const auto call = [&](const ops::Codes& y, std::string_view variant = {}) {
    return [&queue, &x, y, variant] { ops::quantize_tokens(queue, x.tensor, y, variant); };
  };
  ops::Codes y = good.view;
  y.group = 0;
  expect_error(call(y), {"quantize_tokens", "groups of 0"});
  y.group = 71;
  expect_error(call(y), {"quantize_tokens", "groups of 71", "1 to 70"});
  y.group = 16;  // needs 5 scales a row
  expect_error(call(y), {"quantize_tokens", "scales of y", "[3, 1]", "[3, 5]"});
  y = good.view;
  y.layout = ops::CodesLayout::i16;
  expect_error(call(y), {"quantize_tokens", "i8 [3, 70]", "i16 [3, 70]"});
  y = good.view;
  y.codes.rows = 4;
  expect_error(call(y), {"quantize_tokens", "i8 [4, 70]", "i8 [3, 70]"});
  // The padding of the last row is written too.
  y = good.view;
  y.codes.buffer.bytes = 2 * 128 + 70;
  expect_error(call(y), {"quantize_tokens", "326 bytes"});
  expect_error(call(good.view, "wgmma"), {"quantize_tokens", "no variant 'wgmma'"});
}

TEST(QuantizeTokens, NoRowsAreNoWork) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 1, 8);
  DeviceCodes y = allocate_codes(queue, 1, 8, 8, ops::CodesLayout::i8);
  Tensor none = x.tensor;
  none.rows = y.view.codes.rows = y.view.scales.rows = 0;
  ops::quantize_tokens(queue, none, y.view);
  queue.finish();
}

}  // namespace zerocl
