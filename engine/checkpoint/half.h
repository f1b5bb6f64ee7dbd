#pragma once

#include <bit>
#include <cstdint>

namespace zerocl {

// IEEE binary16 and bfloat16, in integer arithmetic on the bits: a compiler's or a machine's half
// type may flush denormals or change NaNs, and the weights of a model must not depend on that.

// Bits of the float32 with the same value as the half `h`. Exact for every h; NaNs keep sign and
// payload (in the upper bits).
constexpr std::uint32_t f16_to_f32_bits(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000U) << 16;
  const std::uint32_t exponent = (h >> 10) & 0x1fU;
  const std::uint32_t mantissa = h & 0x3ffU;
  if (exponent == 31) return sign | 0x7f800000U | (mantissa << 13);
  if (exponent != 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa == 0) return sign;
  // Denormal half, mantissa * 2^-24: the leading one moves to bit 10 and becomes implicit.
  const auto shift = static_cast<std::uint32_t>(std::countl_zero(mantissa)) - 21;
  return sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ffU) << 13);
}

// Bits of the half nearest to the float32 with bits `f`, ties to the even one; beyond 65519.996...
// an infinity. NaNs keep sign and the upper ten bits of the payload (one bit is set if those are
// 0).
constexpr std::uint16_t f32_to_f16_bits(std::uint32_t f) {
  const std::uint32_t sign = (f >> 16) & 0x8000U;
  const std::uint32_t magnitude = f & 0x7fffffffU;
  if (magnitude > 0x7f800000U) {
    const std::uint32_t payload = (magnitude >> 13) & 0x3ffU;
    return static_cast<std::uint16_t>(sign | 0x7c00U | (payload != 0 ? payload : 0x200U));
  }
  if (magnitude >= 0x477ff000U) return static_cast<std::uint16_t>(sign | 0x7c00U);  // >= 65520
  if (magnitude < 0x33000000U) return static_cast<std::uint16_t>(sign);             // < 2^-25: zero
  std::uint32_t value = 0;    // the half's magnitude, rounded down
  std::uint32_t removed = 0;  // what the rounding took away, in units of 1 / (2 * half_unit)
  std::uint32_t half_unit = 0;
  if (magnitude >= 0x38800000U) {  // a normal half, from 2^-14
    value = (magnitude - (112U << 23)) >> 13;
    removed = magnitude & 0x1fffU;
    half_unit = 0x1000U;
  } else {  // a denormal half: count units of 2^-24
    const std::uint32_t exponent = magnitude >> 23;
    const std::uint32_t mantissa = (magnitude & 0x7fffffU) | 0x800000U;
    const std::uint32_t shift = 126 - exponent;
    value = mantissa >> shift;
    removed = mantissa & ((1U << shift) - 1);
    half_unit = 1U << (shift - 1);
  }
  if (removed > half_unit || (removed == half_unit && (value & 1U) != 0)) ++value;
  return static_cast<std::uint16_t>(sign | value);
}

// Bits of the float32 with the same value as the bfloat16 `b` (its upper half).
constexpr std::uint32_t bf16_to_f32_bits(std::uint16_t b) {
  return static_cast<std::uint32_t>(b) << 16;
}

inline float f16_to_f32(std::uint16_t h) {
  return std::bit_cast<float>(f16_to_f32_bits(h));
}
inline float bf16_to_f32(std::uint16_t b) {
  return std::bit_cast<float>(bf16_to_f32_bits(b));
}
inline std::uint16_t f32_to_f16(float f) {
  return f32_to_f16_bits(std::bit_cast<std::uint32_t>(f));
}

}  // namespace zerocl
