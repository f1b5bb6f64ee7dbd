#include "host/canary.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include "host/ops/attention_i8_quantize_tokens.h"
#include "tests/host/device_fixture.h"

namespace zerocl {
namespace {

float as_float(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}
std::uint32_t as_bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

// A half's value by its definition, exact in double.
double half_value(std::uint32_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const double fraction = static_cast<double>(bits & 1023);
  const double magnitude = exponent == 0    ? std::ldexp(fraction, -24)
                           : exponent == 31 ? INFINITY
                                            : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

// The nearest half, ties to even, by trying all of them; for values of either sign.
std::uint32_t nearest_half(double value) {
  if (std::abs(value) >= 65520) return value < 0 ? 0xfc00 : 0x7c00;
  const std::uint32_t sign = std::signbit(value) ? 0x8000 : 0;
  std::uint32_t best = sign;
  for (std::uint32_t bits = sign; bits < (sign | 0x7c00); ++bits) {
    const double distance = std::abs(half_value(bits) - value);
    const double least = std::abs(half_value(best) - value);
    if (distance < least || (distance == least && bits % 2 == 0)) best = bits;
  }
  return best;
}

// What IEEE arithmetic on this host says; volatile keeps the compiler from other ideas.
std::uint32_t host_result(const CanaryCheck& check) {
  const volatile float a = as_float(check.a);
  const volatile float b = as_float(check.b);
  const volatile float c = as_float(check.c);
  switch (check.operation) {
    case CANARY_MUL_ADD: {
      const volatile float product = a * b;
      return as_bits(product + c);
    }
    case CANARY_FMA:
      return as_bits(std::fma(a, b, c));
    case CANARY_DIVIDE:
      return as_bits(a / b);
    case CANARY_SQRT:
      return as_bits(std::sqrt(a));
    case CANARY_RINT:
      return as_bits(std::rint(a));
    case CANARY_FLOAT_TO_INT:
      return static_cast<std::uint32_t>(static_cast<std::int32_t>(std::rint(a)));
    case CANARY_INT_TO_FLOAT:
      return as_bits(static_cast<float>(static_cast<std::int32_t>(check.a)));
    case CANARY_HALF_STORE:
      return nearest_half(a);
    case CANARY_HALF_LOAD:
      return as_bits(static_cast<float>(half_value(check.a)));
    case CANARY_INT_MUL_ADD:
      return check.a * check.b + check.c;
    case CANARY_SHIFT_RIGHT:
      return static_cast<std::uint32_t>(static_cast<std::int32_t>(check.a) >> check.b);
  }
  return 0;
}

TEST(CanaryChecks, TheTableIsRight) {
  for (const CanaryCheck& check : canary_checks()) {
    EXPECT_EQ(host_result(check), check.expected)
        << check.name << std::hex << " 0x" << host_result(check);
  }
}

// Each trap in the table must be one: the wrong arithmetic gives something else.
TEST(CanaryChecks, TheTableTellsWrongArithmetic) {
  for (const CanaryCheck& check : canary_checks()) {
    const volatile float a = as_float(check.a);
    const volatile float b = as_float(check.b);
    if (std::string(check.name) == "contraction is off") {
      EXPECT_NE(as_bits(std::fma(a, b, as_float(check.c))), check.expected);
    } else if (std::string(check.name) == "division is correctly rounded") {
      const volatile float reciprocal = 1.0f / b;
      EXPECT_NE(as_bits(a * reciprocal), check.expected);
    } else if (std::string(check.name) == "sqrt is correctly rounded") {
      const volatile float reciprocal = 1.0f / std::sqrt(a);
      EXPECT_NE(as_bits(a * reciprocal), check.expected);
    } else if (std::string(check.name).find("rint ties") == 0) {
      EXPECT_TRUE(as_bits(std::round(a)) != check.expected || check.a == 0x40600000);
    }
  }
}

TEST(JudgeCanary, NamesTheFirstFailingCheck) {
  std::vector<std::uint32_t> results;
  for (const CanaryCheck& check : canary_checks()) results.push_back(check.expected);
  EXPECT_EQ(judge_canary(results), std::nullopt);
  results[0] = 0x33800000;
  EXPECT_EQ(judge_canary(results), "contraction is off: got 0x33800000, expected 0x00000000");
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i] = canary_checks()[i].expected ^ 1;
    EXPECT_TRUE(judge_canary(results)) << i;
    results[i] = canary_checks()[i].expected;
  }
  results.pop_back();
  EXPECT_THROW(judge_canary(results), Error);
}

TEST(CanarySm90a, KnowsItsProduct) {
  const CanaryProduct product = canary_product();
  constexpr std::size_t rows = CANARY_PRODUCT_ROWS, inputs = 2 * rows;
  ASSERT_EQ(product.expected.size(), rows * rows);
  std::set<std::int32_t> values;
  for (std::size_t m = 0; m < rows; ++m)
    for (std::size_t n = 0; n < rows; ++n) {
      std::int32_t sum = 0;
      for (std::size_t k = 0; k < inputs; ++k)
        sum += product.x[m * inputs + k] * product.w[n * inputs + k];
      ASSERT_EQ(product.expected[m * rows + n], sum) << m << ", " << n;
      values.insert(sum);
    }
  EXPECT_GT(values.size(), 1u);
  std::vector<std::int32_t> sums = product.expected;
  EXPECT_EQ(judge_canary_sm90a(sums), std::nullopt);
  sums[65] += 1;
  EXPECT_TRUE(contains(judge_canary_sm90a(sums).value_or(""), "at [1, 1], expected"));
  sums.pop_back();
  EXPECT_THROW(judge_canary_sm90a(sums), Error);
}

TEST(CanaryWeights, KnowsItsWeights) {
  const CanaryWeights weights = canary_weights();
  ASSERT_EQ(weights.scores.size(), weights.expected.size());
  EXPECT_EQ(weights.scores.front(), 0.0f);
  EXPECT_EQ(weights.expected.front(), 1024u | 127u << 16);
  EXPECT_EQ(weights.expected[256], 512u | 64u << 16);  // 63.5, to even
  EXPECT_EQ(weights.expected[11 * 256], 0u);           // half a unit, to even
  EXPECT_EQ(weights.expected[11 * 256 - 1], 1u);
  std::vector<std::uint32_t> results = weights.expected;
  EXPECT_EQ(judge_canary_weights(results), std::nullopt);
  results[256] ^= 1;
  EXPECT_TRUE(contains(judge_canary_weights(results).value_or(""), "score of -1 is 0x00400201"));
  results.pop_back();
  EXPECT_THROW(judge_canary_weights(results), Error);
}

using CanaryOnDevice = DeviceFixture;

TEST_F(CanaryOnDevice, WeightsOfTheSpecialFunctionUnitAreRight) {
  if (device_.facts.nvidia_sm() < 80) GTEST_SKIP() << "no NVIDIA GPU of capability 8.0 or more";
  EXPECT_EQ(run_canary_weights(context_), std::nullopt);
  EXPECT_EQ(context_->facts().weights_refusal, "");
}

TEST_F(CanaryOnDevice, TheSecondBuildWorksOrSaysWhyNot) {
  const auto failed = run_canary_sm90a(context_);
  if (device_.facts.nvidia_sm() == 90) {
    EXPECT_EQ(failed, std::nullopt);
    EXPECT_TRUE(context_->facts().may_build_sm90a());
  } else {
    EXPECT_TRUE(contains(failed.value_or(""), "sm_90")) << failed.value_or("");
  }
  EXPECT_EQ(run_canary(context_), std::nullopt) << "the context goes on working";
}

// A Hopper whose driver's PTX the second build does not know, and which cannot build the check of
// attention's weights: any other device by its name, without that check's source.
TEST_F(CanaryOnDevice, AContextGoesOnWithoutTheSecondBuild) {
  if (device_.facts.is_nvidia()) GTEST_SKIP() << "NVIDIA's driver would build it";
  const TemporaryDirectory directory;
  const KernelSources embedded = KernelSources::embedded();
  std::filesystem::create_directories(directory.path() / "common");
  for (const char* name : {"canary.cl", "abi/canary.h", "abi/types.h"})
    write_file(directory.path() / name, *embedded.find(name));
  write_file(directory.path() / "canary.sm90a.cl",
             "#include \"abi/canary.h\"\n//@90a \n"
             "kernel void canary_sm90a(global const int* x, global const int* w, global int* y,\n"
             "                         const struct canary_args args) { y[0] = args.rows; }\n");
  ContextOptions options = test_options();
  options.kernel_dir = directory.path().string();
  Device hopper = device_;
  hopper.facts.nvidia_sm_major = 9;
  const auto context = Context::create(hopper, options);
  EXPECT_FALSE(context->refusal());
  EXPECT_FALSE(context->facts().may_build_sm90a());
  EXPECT_TRUE(contains(context->facts().sm90a_refusal, "target sm_90"))
      << context->facts().sm90a_refusal;
  EXPECT_TRUE(contains(context->facts().weights_refusal, "canary_weights"))
      << context->facts().weights_refusal;
  for (const auto refusal : {attention_i8_mma_refusal, attention_i8_quantize_tokens_refusal})
    EXPECT_TRUE(contains(refusal(context->facts()).value_or(""), context->facts().weights_refusal))
        << refusal(context->facts()).value_or("none");
  EXPECT_EQ(run_canary(context), std::nullopt) << "the context goes on working";
  EXPECT_THROW(context->build({{"canary", "sm90a"}}), Error);
}

TEST_F(CanaryOnDevice, TheDevicePasses) {
  EXPECT_EQ(run_canary(context_), std::nullopt);
}

// A device that contracts, made by a canary whose pragma is missing and whose sum is fused.
TEST_F(CanaryOnDevice, AContextRefusesADeviceThatContracts) {
  const TemporaryDirectory directory;
  const KernelSources embedded = KernelSources::embedded();
  std::string text = *embedded.find("canary.cl");
  const std::string sum = "as_float(a) * as_float(b) + as_float(c)";
  ASSERT_NE(text.find(sum), std::string::npos);
  text.replace(text.find(sum), sum.size(), "fma(as_float(a), as_float(b), as_float(c))");
  write_file(directory.path() / "canary.cl", text);
  for (const char* name : {"abi/canary.h", "abi/types.h"}) {
    write_file(directory.path() / name, *embedded.find(name));
  }
  std::filesystem::create_directories(directory.path() / "common");
  ContextOptions options = test_options();
  options.kernel_dir = directory.path().string();
  try {
    Context::create(device_, options);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::no_device);
    EXPECT_TRUE(contains(error.what(), "contraction is off")) << error.what();
  }
  options.require_exact = false;
  const auto context = Context::create(device_, options);
  ASSERT_TRUE(context->refusal());
  EXPECT_TRUE(contains(*context->refusal(), "contraction is off"));
}

}  // namespace
}  // namespace zerocl
