#include "reference/elementary.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "cl_kernels/abi/numerics.h"
#include "reference/fast_fma.h"

namespace zerocl::reference {
namespace {

// Inlined into every clone, else the clones would call the copy without the instruction.
#define ALWAYS_INLINE [[gnu::always_inline]] inline

// 2^n for -126 <= n <= 128, where 2^128 is infinity.
ALWAYS_INLINE float power_of_two(std::int32_t n) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(n + FLOAT_BIAS) << FLOAT_FRACTION_BITS);
}

// Horner's rule, highest coefficient first.
template <std::size_t N>
ALWAYS_INLINE float polynomial(float x, const std::array<float, N>& coefficients) {
  float p = coefficients[0];
  for (std::size_t i = 1; i < N; ++i) p = std::fma(p, x, coefficients[i]);
  return p;
}

// 2^f for f in [-1/2, 1/2].
ALWAYS_INLINE float exp2_polynomial(float f) {
  return polynomial<6>(f, {EXP2_C5, EXP2_C4, EXP2_C3, EXP2_C2, EXP2_C1, 1.0f});
}

// Adding the magic number moves all bits below 1 out of the significand, rounded; the sum's low
// bits are then the integer. `n` is unspecified for NaN.
struct Rounded {
  float value;
  std::int32_t n;
};
ALWAYS_INLINE Rounded rounded(float sum) {
  return {sum - ROUND_MAGIC, std::bit_cast<std::int32_t>(sum) - ROUND_MAGIC_BITS};
}

ALWAYS_INLINE float exp2_of(float y) {
  if (y < EXP2_MIN) y = EXP2_MIN;
  const Rounded whole = rounded(y + ROUND_MAGIC);
  // Unsigned: n is garbage for NaN (whose product is NaN all the same) and large beyond the domain.
  const std::uint32_t exponent = static_cast<std::uint32_t>(whole.n) + FLOAT_BIAS;
  return exp2_polynomial(y - whole.value) * std::bit_cast<float>(exponent << FLOAT_FRACTION_BITS);
}

ALWAYS_INLINE float exp_of(float x) {
  if (x > EXP_MAX) x = EXP_MAX;
  if (x < EXP_MIN) x = EXP_MIN;
  if (std::isnan(x)) return x;
  const Rounded whole = rounded(std::fma(x, LOG2E, ROUND_MAGIC));
  const float f = std::fma(x, LOG2E_LO, std::fma(x, LOG2E, -whole.value));
  const std::int32_t first = whole.n >> 1;
  return exp2_polynomial(f) * power_of_two(first) * power_of_two(whole.n - first);
}

ALWAYS_INLINE float tanh_of(float x) {
  const float z = std::fabs(x);
  const float u = z * z;
  const float small =
      std::fma(z * u, polynomial<5>(u, {TANH_C4, TANH_C3, TANH_C2, TANH_C1, TANH_C0}), z);
  const float clamped = z < TANH_MAX ? z : TANH_MAX;
  const float large = 1.0f - 2.0f / (exp2_of(clamped * TWO_LOG2E) + 1.0f);
  return std::copysign(z >= TANH_SMALL ? large : small, x);
}

ALWAYS_INLINE float erfc_tail_of(float z) {
  return exp2_of(polynomial<7>(z, {ERFC_TAIL_C6, ERFC_TAIL_C5, ERFC_TAIL_C4, ERFC_TAIL_C3,
                                   ERFC_TAIL_C2, ERFC_TAIL_C1, -1.0f}));
}

ALWAYS_INLINE float tanh_tail_of(float z) {
  return exp2_of(polynomial<9>(z, {TANH_TAIL_C8, TANH_TAIL_C7, TANH_TAIL_C6, TANH_TAIL_C5,
                                   TANH_TAIL_C4, TANH_TAIL_C3, TANH_TAIL_C2, TANH_TAIL_C1, -1.0f}));
}

ALWAYS_INLINE float gelu_erf_of(float x) {
  const float z = std::fabs(x) > ERFC_TAIL_MAX ? ERFC_TAIL_MAX : std::fabs(x);
  return std::fma(-z, erfc_tail_of(z), x > 0.0f ? x : 0.0f);
}

ALWAYS_INLINE float gelu_tanh_of(float x) {
  const float z = std::fabs(x) > TANH_TAIL_MAX ? TANH_TAIL_MAX : std::fabs(x);
  return std::fma(-z, tanh_tail_of(z), x > 0.0f ? x : 0.0f);
}

// Phi as near as its slope: 1/2 + x slope(|x|), kept within 0 and 1.
ALWAYS_INLINE float saturated_phi(float x, float slope) {
  const float phi = std::fma(x, slope, 0.5f);
  if (!(phi > 0.0f)) return 0.0f;  // NaN, too
  return phi < 1.0f ? phi : 1.0f;
}

ALWAYS_INLINE float gelu_coarse_erf_of(float x) {
  return x * saturated_phi(
                 x, polynomial<6>(std::fabs(x), {COARSE_ERF_C5, COARSE_ERF_C4, COARSE_ERF_C3,
                                                 COARSE_ERF_C2, COARSE_ERF_C1, COARSE_ERF_C0}));
}

ALWAYS_INLINE float gelu_coarse_tanh_of(float x) {
  return x * saturated_phi(
                 x, polynomial<6>(std::fabs(x), {COARSE_TANH_C5, COARSE_TANH_C4, COARSE_TANH_C3,
                                                 COARSE_TANH_C2, COARSE_TANH_C1, COARSE_TANH_C0}));
}

ALWAYS_INLINE float gelu_fine_erf_of(float x) {
  return x * saturated_phi(x, polynomial<9>(std::fabs(x), {FINE_ERF_C8, FINE_ERF_C7, FINE_ERF_C6,
                                                           FINE_ERF_C5, FINE_ERF_C4, FINE_ERF_C3,
                                                           FINE_ERF_C2, FINE_ERF_C1, FINE_ERF_C0}));
}

ALWAYS_INLINE float gelu_fine_tanh_of(float x) {
  return x *
         saturated_phi(x, polynomial<9>(std::fabs(x), {FINE_TANH_C8, FINE_TANH_C7, FINE_TANH_C6,
                                                       FINE_TANH_C5, FINE_TANH_C4, FINE_TANH_C3,
                                                       FINE_TANH_C2, FINE_TANH_C1, FINE_TANH_C0}));
}

ALWAYS_INLINE float relu_of(float x) {
  return x <= 0.0f ? 0.0f : x;
}

ALWAYS_INLINE float rsqrt_of(float v) {
  return 1.0f / std::sqrt(v);
}

}  // namespace

#define DEFINE_ELEMENTARY(name)                                        \
  FAST_FMA float name(float x) {                                       \
    return name##_of(x);                                               \
  }                                                                    \
  FAST_FMA void name(std::span<const float> x, std::span<float> y) {   \
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = name##_of(x[i]); \
  }

DEFINE_ELEMENTARY(exp2)
DEFINE_ELEMENTARY(exp)
DEFINE_ELEMENTARY(tanh)
DEFINE_ELEMENTARY(erfc_tail)
DEFINE_ELEMENTARY(tanh_tail)
DEFINE_ELEMENTARY(gelu_erf)
DEFINE_ELEMENTARY(gelu_tanh)
DEFINE_ELEMENTARY(gelu_coarse_erf)
DEFINE_ELEMENTARY(gelu_coarse_tanh)
DEFINE_ELEMENTARY(gelu_fine_erf)
DEFINE_ELEMENTARY(gelu_fine_tanh)
DEFINE_ELEMENTARY(relu)
DEFINE_ELEMENTARY(rsqrt)

}  // namespace zerocl::reference
