#pragma once

#include <cstddef>
#include <cstdint>

namespace zerocl::unicode {

// Adjacent code points of the same classes (the Class flags of unicode.h).
struct ClassRun {
  std::uint32_t length;
  std::uint8_t classes;
};
extern const ClassRun kClassRuns[];
extern const std::size_t kClassRunCount;

// The code points first, first + step, ... last become lower case by adding delta.
struct LowercaseRange {
  char32_t first;
  char32_t last;
  std::uint32_t step;
  std::int32_t delta;
};
extern const LowercaseRange kLowercaseRanges[];
extern const std::size_t kLowercaseRangeCount;

}  // namespace zerocl::unicode
