#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/verify/kernel_case.h"

namespace zerocl {

// Where two tensors first differ, after any NaN is made canonical (NUMERICS.md 1.3).
struct Mismatch {
  std::string tensor;
  std::int64_t index = 0;  // linear, row-major; -1: the shapes or types differ
  std::int64_t row = 0, col = 0;
  std::uint32_t expected = 0, actual = 0;  // bit patterns (sign-extended codes for i8)
  std::int64_t count = 0;                  // elements that differ
  std::string text()
      const;  // "y[3,17]: expected 0x3f800000 (1), got 0x3f800001 (1.0000001), 12 differ"
};

std::optional<Mismatch> compare_bits(const HostTensor& expected, const HostTensor& actual);

// 64-bit FNV-1a over the canonical bits: the hash that two devices can compare.
std::uint64_t hash_bits(const HostTensor& tensor);

}  // namespace zerocl
