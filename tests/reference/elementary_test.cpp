// Errors of the elementary functions against the mathematical ones. The bounds are those that
// NUMERICS.md section 2 states; measured maxima are printed, so that a test log documents them.
#include "reference/elementary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "cl_kernels/abi/numerics.h"
#include "tests/reference/samples.h"
#include "tests/reference/truth.h"

namespace zerocl::reference {
namespace {

constexpr int dense = 4000;  // samples a binade where accuracy is at stake
constexpr int sparse = 400;

void expect_at_most(const char* what, const Largest& largest, double bound) {
  std::printf("  %-40s %.4g at %a (bound %g)\n", what, largest.value, double{largest.at}, bound);
  EXPECT_LE(largest.value, bound) << what << " at " << largest.at;
}

TEST(Elementary, Exp2) {
  std::printf("  truth: %s\n", truth::source());
  Largest largest;
  each_sample(0x1p-30f, 127.49f, dense, [&](float y) {
    largest.see(ulps(exp2(y), truth::exp2(y)), y);
    if (y <= 126.0f) largest.see(ulps(exp2(-y), truth::exp2(-y)), -y);
  });
  expect_at_most("exp2, ulp", largest, 1.8);
}

TEST(Elementary, ExpOverItsWholeRange) {
  Largest largest, subnormal;
  each_sample(0x1p-30f, 104.0f, dense, [&](float x) {
    if (x < 88.7228f) largest.see(ulps(exp(x), truth::exp(x)), x);
    Largest& below = x < 87.3f ? largest : subnormal;
    below.see(ulps(exp(-x), truth::exp(-x)), -x);
  });
  expect_at_most("exp, ulp", largest, 2.0);
  expect_at_most("exp, subnormal results, ulp", subnormal, 2.0);
}

TEST(Elementary, Tanh) {
  Largest largest;
  each_sample(0x1p-140f, 12.0f, sparse,
              [&](float x) { largest.see(ulps(tanh(x), truth::tanh(x)), x); });
  each_sample(0x1p-8f, 12.0f, dense, [&](float x) {
    largest.see(ulps(tanh(x), truth::tanh(x)), x);
    EXPECT_EQ(tanh(-x), -tanh(x)) << x;
  });
  expect_at_most("tanh, ulp", largest, 2.5);
}

// The two tails and the two gelus differ in their polynomials alone.
struct Gelu {
  const char* name;
  float (*tail)(float);
  float (*gelu)(float);
  float (*coarse)(float);
  float (*fine)(float);
  long double (*tail_truth)(long double);
  float limit;
  double coarse_error;
  double coarse_steps;
  double fine_error, fine_error_near, fine_halves;
};
const Gelu gelus[] = {
    {"erf", erfc_tail, gelu_erf, gelu_coarse_erf, gelu_fine_erf, truth::erfc_tail, ERFC_TAIL_MAX,
     1.8e-4, 0.175, 4.5e-5, 2e-5, 0.25},
    {"tanh", tanh_tail, gelu_tanh, gelu_coarse_tanh, gelu_fine_tanh, truth::tanh_tail,
     TANH_TAIL_MAX, 1.6e-4, 0.16, 3.5e-5, 1.5e-5, 0.18},
};

class GeluForms : public testing::TestWithParam<Gelu> {};
INSTANTIATE_TEST_SUITE_P(Elementary, GeluForms, testing::ValuesIn(gelus),
                         [](const auto& form) { return std::string(form.param.name); });

TEST_P(GeluForms, TailTimesArgumentIsAccurate) {
  const Gelu& form = GetParam();
  Largest absolute, near_zero;
  each_sample(0x1p-30f, form.limit, dense, [&](float z) {
    const long double truth = form.tail_truth(z);
    const auto error = static_cast<double>(std::fabs(form.tail(z) - truth));
    absolute.see(z * error, z);
    if (z < 0x1p-10f) near_zero.see(error / static_cast<double>(truth), z);
  });
  expect_at_most("z * error of the tail", absolute, 1.5e-7);
  expect_at_most("relative error of the tail below 2^-10", near_zero, 2.5e-7);
}

TEST_P(GeluForms, AbsoluteError) {
  const Gelu& form = GetParam();
  Largest largest, huge;
  each_sample(0x1p-20f, 0x1p+40f, dense / 4, [&](float z) {
    for (float x : {z, -z}) {
      const long double truth = std::max(x, 0.0f) - z * form.tail_truth(z);
      const auto error = static_cast<double>(std::fabs(form.gelu(x) - truth));
      (z > form.limit ? huge : largest).see(error / std::max(1.0f, z), x);
    }
  });
  expect_at_most("error / max(1, |x|)", largest, 1.7e-7);
  expect_at_most("the same beyond the clamp", huge, 1e-20);
}

TEST_P(GeluForms, CoarseError) {
  const Gelu& form = GetParam();
  Largest absolute, steps, forms;
  each_sample(0x1p-30f, 0x1p+120f, dense, [&](float z) {
    const long double tail = form.tail_truth(z);
    const long double other =
        (form.limit == ERFC_TAIL_MAX ? truth::tanh_tail : truth::erfc_tail)(z);
    const long double positive = z - z * tail;
    const auto error = static_cast<double>(std::fabs(form.coarse(z) - positive));
    absolute.see(error, z);
    absolute.see(static_cast<double>(std::fabs(form.coarse(-z) + z * tail)), -z);
    // The scale of a group is its absolute maximum / QMAX, at least this result's.
    steps.see(error * QMAX / static_cast<double>(positive), z);
    forms.see(static_cast<double>(z * std::fabs(tail - other)), z);
  });
  expect_at_most("error of gelu_coarse", absolute, form.coarse_error);
  expect_at_most("of positive results, in steps of codes", steps, form.coarse_steps);
  EXPECT_LT(2 * absolute.value, forms.value) << "the two forms of GELU differ by more";
}

// In halves of f16's last place, which is what the rounding of a result may err by.
TEST_P(GeluForms, FineError) {
  const Gelu& form = GetParam();
  Largest absolute, near, positive, negative;
  each_sample(0x1p-30f, 0x1p+120f, dense, [&](float z) {
    const long double tail = form.tail_truth(z);
    for (const float x : {z, -z}) {
      const long double truth = std::max(x, 0.0f) - z * tail;
      const auto error = static_cast<double>(std::fabs(form.fine(x) - truth));
      const int exponent = std::max(std::ilogb(truth), -14);
      const double halves = error / std::ldexp(1.0, exponent - 11);
      absolute.see(error, x);
      if (z < 3.5f) near.see(error, x);
      if (x > 0) positive.see(halves, x);
      if (truth <= -0x1p-4) negative.see(halves, x);
    }
  });
  expect_at_most("error of gelu_fine", absolute, form.fine_error);
  expect_at_most("the same within 3.5", near, form.fine_error_near);
  expect_at_most("of positive results, in halves of an f16 ulp", positive, form.fine_halves);
  expect_at_most("of results below -1/16", negative, 2 * form.fine_halves);
}

TEST_P(GeluForms, RelativeErrorOfTheNegativeTail) {
  const Gelu& form = GetParam();
  const double bounds[] = {1.5e-6, 1e-5, 6e-5, 6e-4, 3e-3, 5e-3};  // |gelu| > 1e-1 .. 1e-6
  Largest largest[6];
  each_sample(0x1p-4f, 6.0f, dense / 4, [&](float z) {
    const long double truth = z * form.tail_truth(z);
    const auto error = static_cast<double>(std::fabs(form.gelu(-z) + truth) / truth);
    for (int digits = 1; digits <= 6; ++digits) {
      if (truth > std::pow(10.0L, -digits)) largest[digits - 1].see(error, -z);
    }
  });
  for (int digits = 1; digits <= 6; ++digits) {
    const std::string what = "relative error where |gelu| > 1e-" + std::to_string(digits);
    expect_at_most(what.c_str(), largest[digits - 1], bounds[digits - 1]);
  }
}

TEST_P(GeluForms, NoWorseThanTheTextbookFormulaInFloat) {
  // What a float32 framework computes, with the C library's functions.
  const Gelu& form = GetParam();
  const bool erf_form = form.limit == ERFC_TAIL_MAX;
  double ours = 0, textbook = 0;
  each_sample(0x1p-6f, 6.0f, dense / 4, [&](float z) {
    for (float x : {z, -z}) {
      const long double truth = std::max(x, 0.0f) - z * form.tail_truth(z);
      const float inner = 0.7978845608f * (x + 0.044715f * x * x * x);
      const float float_formula = erf_form ? x * 0.5f * (1.0f + std::erf(x * 0.70710678118f))
                                           : 0.5f * x * (1.0f + std::tanh(inner));
      ours = std::max(ours, static_cast<double>(std::fabs(form.gelu(x) - truth)));
      textbook = std::max(textbook, static_cast<double>(std::fabs(float_formula - truth)));
    }
  });
  std::printf("  absolute error up to |x| = 6: %.3g, textbook formula %.3g\n", ours, textbook);
  EXPECT_LE(ours, 1.25 * textbook);
}

}  // namespace
}  // namespace zerocl::reference
