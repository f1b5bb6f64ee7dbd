#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cl_kernels/abi/linear_f32.h"
#include "host/error.h"
#include "host/ops/linear_f32.h"
#include "host/ops/linear_launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_f32";

// Where the value of output n and input k lies: base + k * step.
struct Line {
  std::size_t base, step;
};

Line line_of(std::string_view family, std::size_t n, std::size_t outputs, std::size_t inputs) {
  if (family == "panels") return {LINEAR_F32_PANELS_INDEX(n, 0, inputs), LINEAR_F32_PANEL};
  if (family == "columns") return {n, LINEAR_F32_COLUMNS_STRIDE(outputs)};
  return {n * inputs, 1};
}

void check_sizes(std::string_view family, std::size_t values, std::size_t packed,
                 std::int64_t outputs, std::int64_t inputs) {
  const std::size_t expected = packed_floats_f32(family, outputs, inputs);
  if (values == static_cast<std::size_t>(outputs * inputs) && packed == expected) return;
  throw Error(fmt::format("{}: {} values and {} packed ones; a weight [{}, {}] has {} and {}", kOp,
                          values, packed, outputs, inputs, outputs * inputs, expected));
}

}  // namespace

std::size_t packed_floats_f32(std::string_view family, std::int64_t outputs, std::int64_t inputs) {
  check_linear_shape(kOp, {0, outputs, inputs}, std::numeric_limits<std::int32_t>::max() - 1024);
  const auto n = static_cast<std::size_t>(outputs), k = static_cast<std::size_t>(inputs);
  if (family == "panels")
    return (n + LINEAR_F32_PANEL - 1) / LINEAR_F32_PANEL * LINEAR_F32_PANEL * k;
  if (family == "columns") return LINEAR_F32_COLUMNS_STRIDE(n) * k;
  if (family == "rows") return n * k;
  throw Error(fmt::format("{}: there is no family of packed weights '{}'", kOp, family),
              ErrorKind::usage);
}

void pack_linear_f32(std::string_view family, std::span<const float> values, std::int64_t outputs,
                     std::int64_t inputs, std::span<float> out) {
  check_sizes(family, values.size(), out.size(), outputs, inputs);
  const auto rows = static_cast<std::size_t>(outputs), cols = static_cast<std::size_t>(inputs);
  std::fill(out.begin(), out.end(), 0.0f);
  for (std::size_t n = 0; n < rows; ++n) {
    const Line line = line_of(family, n, rows, cols);
    for (std::size_t k = 0; k < cols; ++k) out[line.base + k * line.step] = values[n * cols + k];
  }
}

void unpack_linear_f32(std::string_view family, std::span<const float> packed, std::int64_t outputs,
                       std::int64_t inputs, std::span<float> values) {
  check_sizes(family, values.size(), packed.size(), outputs, inputs);
  const auto rows = static_cast<std::size_t>(outputs), cols = static_cast<std::size_t>(inputs);
  for (std::size_t n = 0; n < rows; ++n) {
    const Line line = line_of(family, n, rows, cols);
    for (std::size_t k = 0; k < cols; ++k) values[n * cols + k] = packed[line.base + k * line.step];
  }
}

}  // namespace zerocl::ops
