#include "host/ops/f16_matrix.h"

#include <fmt/format.h>

#include <limits>

#include "host/error.h"

namespace zerocl::ops {
namespace {

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();

}  // namespace

std::size_t f16_bytes(F16Layout layout, std::int64_t rows, std::int64_t cols) {
  const std::int64_t stored = layout == F16Layout::tiles ? CODES_TILES_STRIDE(rows) : rows;
  const auto stride = static_cast<std::size_t>(F16_STRIDE(static_cast<std::int32_t>(layout), cols));
  return 2 * static_cast<std::size_t>(stored) * stride;
}

std::size_t f16_index(F16Layout layout, std::int64_t m, std::int64_t k, std::int64_t cols) {
  const auto kind = static_cast<std::int32_t>(layout);
  return F16_INDEX(kind, m, k, F16_STRIDE(kind, cols));
}

void check_f16(std::string_view op, std::string_view name, const F16Matrix& matrix,
               std::int64_t rows, std::int64_t cols) {
  const bool counts =
      rows >= 0 && rows <= kIntMax - CODES_TILE && cols >= 1 && cols <= kIntMax / 2 - CODES_TILE;
  if (counts && matrix.rows == rows && matrix.cols == cols &&
      f16_bytes(matrix.layout, rows, cols) <= matrix.buffer.bytes)
    return;
  throw Error(fmt::format("{}: {} is f16 [{}, {}] in layout {} and {} bytes; expected f16 [{}, {}]",
                          op, name, matrix.rows, matrix.cols, static_cast<int>(matrix.layout),
                          matrix.buffer.bytes, rows, cols));
}

void check_f16_rows(std::string_view op, std::string_view name, const F16Matrix& matrix,
                    std::int64_t rows, std::int64_t cols) {
  check_f16(op, name, matrix, rows, cols);
  if (matrix.layout != F16Layout::rows)
    throw Error(fmt::format("{}: {} lies in tiles; expected rows", op, name));
}

void check_f16_distinct(std::string_view op, std::string_view a_name, const F16Matrix& a,
                        std::string_view b_name, const F16Matrix& b) {
  check_f16_distinct(op, a_name, Tensor(a.buffer, DType::f16, a.rows, a.cols), b_name, b);
}

void check_f16_distinct(std::string_view op, std::string_view a_name, const Tensor& a,
                        std::string_view b_name, const F16Matrix& b) {
  if (a.rows == 0 || a.buffer.memory != b.buffer.memory) return;
  throw Error(fmt::format("{}: {} and {} are the same buffer", op, a_name, b_name));
}

}  // namespace zerocl::ops
