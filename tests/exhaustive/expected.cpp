#include "tests/exhaustive/expected.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>

#include "cl_kernels/abi/numerics.h"
#include "reference/elementary.h"
#include "tests/exhaustive/sweep_functions.h"

namespace zerocl::exhaustive {
namespace {

constexpr std::size_t block = 1024;
using Floats = std::array<float, block>;

std::uint32_t canonical(float x) {
  return std::isnan(x) ? CANONICAL_NAN_BITS : std::bit_cast<std::uint32_t>(x);
}

float magnitude_up_to(float x, float limit) {
  return std::fabs(x) < limit ? std::fabs(x) : limit;
}

// NUMERICS.md 1.7, written down here once more.
float multiplier(float absmax) {
  const bool usable = absmax >= QUANT_MIN_ABSMAX && absmax < INFINITY;
  return usable ? QMAX / absmax : 0.0f;
}
float scale(float absmax) {
  if (!(absmax < INFINITY)) return NAN;
  return absmax < QUANT_MIN_ABSMAX ? 0.0f : absmax * INV_QMAX;
}
std::uint32_t code(float x, float r) {
  const double exact = double{x} * double{r};
  return r == 0.0f ? 0u : static_cast<std::uint32_t>(static_cast<int>(std::nearbyint(exact)));
}

// `results` of one block whose function is not float to float.
bool integer_function(int function, std::span<const float> x, std::span<std::uint32_t> results) {
  const float r = multiplier(SWEEP_ABSMAX);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float z = std::fabs(x[i]);
    switch (function) {
      case sweep_abs_bits:
        results[i] = std::bit_cast<std::uint32_t>(z);
        break;
      case sweep_quant_multiplier:
        results[i] = canonical(multiplier(z));
        break;
      case sweep_quant_scale:
        results[i] = canonical(scale(z));
        break;
      case sweep_quant_code:
        results[i] = code(z <= SWEEP_ABSMAX ? x[i] : 0.0f, r);
        break;
      case sweep_quant_code_zero:
        results[i] = code(x[i], 0.0f);
        break;
      default:
        return false;
    }
  }
  return true;
}

void float_function(int function, std::span<float> x, std::span<float> y) {
  switch (function) {
    case sweep_exp2:
      return reference::exp2(x, y);
    case sweep_exp:
      return reference::exp(x, y);
    case sweep_tanh:
      return reference::tanh(x, y);
    case sweep_erfc_tail:
      for (float& v : x) v = magnitude_up_to(v, ERFC_TAIL_MAX);
      return reference::erfc_tail(x, y);
    case sweep_tanh_tail:
      for (float& v : x) v = magnitude_up_to(v, TANH_TAIL_MAX);
      return reference::tanh_tail(x, y);
    case sweep_gelu_erf:
      return reference::gelu_erf(x, y);
    case sweep_gelu_tanh:
      return reference::gelu_tanh(x, y);
    case sweep_gelu_coarse_erf:
      return reference::gelu_coarse_erf(x, y);
    case sweep_gelu_coarse_tanh:
      return reference::gelu_coarse_tanh(x, y);
    case sweep_gelu_fine_erf:
      return reference::gelu_fine_erf(x, y);
    case sweep_gelu_fine_tanh:
      return reference::gelu_fine_tanh(x, y);
    case sweep_relu:
      return reference::relu(x, y);
    case sweep_rsqrt:
      return reference::rsqrt(x, y);
    default:
      return;
  }
}

}  // namespace

void expected(int function, std::span<const std::uint32_t> inputs,
              std::span<std::uint32_t> results) {
  Floats x, y;
  for (std::size_t begin = 0; begin < inputs.size(); begin += block) {
    const std::size_t n = std::min(block, inputs.size() - begin);
    for (std::size_t i = 0; i < n; ++i) x[i] = std::bit_cast<float>(inputs[begin + i]);
    const std::span<std::uint32_t> out = results.subspan(begin, n);
    if (integer_function(function, std::span(x).first(n), out)) continue;
    float_function(function, std::span(x).first(n), std::span(y).first(n));
    for (std::size_t i = 0; i < n; ++i) out[i] = canonical(y[i]);
  }
}

const char* function_name(int function) {
#define SWEEP_NAME(name, widths) #name,
  static const char* const names[] = {SWEEP_FUNCTIONS(SWEEP_NAME)};
  return names[function];
}

bool has_vector_forms(int function) {
#define SWEEP_WIDTH(name, widths) widths,
  static const int width[] = {SWEEP_FUNCTIONS(SWEEP_WIDTH)};
  return width[function] > 1;
}

}  // namespace zerocl::exhaustive
