#pragma once

#include <cstddef>
#include <cstdint>

#include "host/ops/types.h"  // CodesLayout
#include "host/tensor.h"     // DType

namespace zerocl::ops {

// One element of a matrix of codes as it lies in memory.
constexpr DType codes_dtype(CodesLayout layout) {
  if (layout == CodesLayout::i16) return DType::i16;
  return layout == CodesLayout::u8 ? DType::u8 : DType::i8;
}

// Elements between rows of a matrix of codes as activations have them, padding included, and bytes
// of the whole matrix (CODES_TILES has whole tiles of rows).
constexpr std::int64_t codes_stride(CodesLayout layout, std::int64_t cols) {
  return layout == CodesLayout::tiles ? CODES_TILES_STRIDE(cols) : CODES_STRIDE(cols);
}
constexpr std::size_t codes_bytes(CodesLayout layout, std::int64_t rows, std::int64_t stride) {
  const std::int64_t stored = layout == CodesLayout::tiles ? CODES_TILES_STRIDE(rows) : rows;
  return tensor_bytes(codes_dtype(layout), stored, stride);
}
// Element (m, k) of a matrix of codes, counted from its start.
constexpr std::size_t codes_index(CodesLayout layout, std::int64_t m, std::int64_t k,
                                  std::int64_t stride) {
  return CODES_INDEX(static_cast<std::int32_t>(layout), m, k, stride);
}

// Element `i` of codes in a layout. The value as stored: what no layout should hold (a short beyond
// INT8) comes back as it is, so that a comparison can see it.
int load_code(const std::byte* codes, CodesLayout layout, std::size_t i);
// The same as an INT8 code for comparing: a short beyond INT8 must not pass as its low byte, so it
// becomes the nearest end of the range.
std::int8_t load_code_i8(const std::byte* codes, CodesLayout layout, std::size_t i);
void store_code(std::byte* codes, CodesLayout layout, std::size_t i, int code);

}  // namespace zerocl::ops
