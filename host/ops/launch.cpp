#include "host/ops/launch.h"

#include <fmt/format.h>

#include <limits>
#include <string>

#include "host/error.h"
#include "host/ops/codes.h"

namespace zerocl::ops {
namespace {

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kElementsPerItem = 1024;  // of the CPU shape: enough to hide its start
constexpr std::int64_t kElementGroup = 256;
constexpr std::size_t kWarpItems = 32 * ROW_WARP_ROWS;  // of a work-group of warps

std::string shown(const Tensor& tensor) {
  return fmt::format("{} [{}, {}], stride {}, in {} bytes", dtype_name(tensor.dtype), tensor.rows,
                     tensor.cols, tensor.stride, tensor.buffer.bytes);
}

}  // namespace

KernelId kernel_of(const Queue& queue, std::string_view op, std::span<const Variant> table,
                   std::string_view variant) {
  if (variant.data() == nullptr)
    return {std::string(op), std::string(choose_variant(op, table, queue.facts()).name)};
  for (const Variant& row : table)
    if (row.name == variant) return {std::string(op), std::string(variant)};
  throw Error(fmt::format("{}: there is no variant '{}'", op, variant), ErrorKind::usage);
}

void check_f32(std::string_view op, std::string_view name, const Tensor& tensor, std::int64_t rows,
               std::int64_t cols) {
  if (tensor.dtype == DType::f32 && tensor.rows == rows && tensor.cols == cols &&
      tensor.contiguous() && tensor.fits())
    return;
  throw Error(fmt::format("{}: {} is {}; expected contiguous f32 [{}, {}]", op, name, shown(tensor),
                          rows, cols));
}

void check_vector(std::string_view op, std::string_view name, const BufferView& buffer,
                  std::int64_t count) {
  if (buffer && buffer.bytes / 4 >= static_cast<std::size_t>(count)) return;
  throw Error(fmt::format("{}: {} has {} bytes; expected {} elements of 4 bytes", op, name,
                          buffer.bytes, count));
}

void check_code_matrix(std::string_view op, std::string_view name, const CodeMatrix& codes,
                       std::int64_t rows, std::int64_t cols) {
  const Tensor& q = codes.codes;
  // The padding of the last row counts: it is written too.
  const bool whole_tiles = codes.layout != CodesLayout::tiles || q.stride % CODES_TILE == 0;
  const bool fits = q.fits() && q.stride <= kIntMax && whole_tiles &&
                    codes_bytes(codes.layout, q.rows, q.stride) <= q.buffer.bytes;
  if (q.dtype != codes_dtype(codes.layout) || q.rows != rows || q.cols != cols || !fits)
    throw Error(fmt::format("{}: codes of {} are {}; expected {} [{}, {}]", op, name, shown(q),
                            dtype_name(codes_dtype(codes.layout)), rows, cols));
}

void check_codes(std::string_view op, std::string_view name, const Codes& codes, std::int64_t rows,
                 std::int64_t cols) {
  if (codes.group < 1 || codes.group > cols)
    throw Error(fmt::format("{}: {} has groups of {} elements; expected 1 to {}", op, name,
                            codes.group, cols));
  check_code_matrix(op, name, {codes.codes, codes.layout}, rows, cols);
  check_f32(op, fmt::format("scales of {}", name), codes.scales, rows,
            groups_of(cols, codes.group));
}

void check_shape(std::string_view op, const Tensor& x) {
  if (x.rows < 0 || x.rows > kIntMax || x.cols < 1 || x.cols > kIntMax - kElementsPerItem)
    throw Error(
        fmt::format("{}: x is {}; expected at least one column, and less than 2^31 rows "
                    "and columns",
                    op, shown(x)));
}

void check_elements(std::string_view op, const Tensor& x, const Tensor& y) {
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_f32(op, "y", y, x.rows, x.cols);
  if (x.elements() > std::int64_t{std::numeric_limits<std::uint32_t>::max()})
    throw Error(fmt::format("{}: x is {}; expected fewer than 2^32 elements", op, shown(x)));
}

void check_distinct(std::string_view op, std::string_view a_name, const Tensor& a,
                    std::string_view b_name, const Tensor& b) {
  if (a.elements() == 0 || a.buffer.memory != b.buffer.memory) return;
  throw Error(fmt::format("{}: {} and {} are the same buffer", op, a_name, b_name));
}

std::int64_t groups_of(std::int64_t cols, std::int64_t group) {
  return (cols + group - 1) / group;
}

quantize_output output_of(const Codes& codes) {
  return {static_cast<abi_int>(codes.group),
          static_cast<abi_int>(groups_of(codes.codes.cols, codes.group)),
          static_cast<abi_int>(codes.codes.stride), static_cast<abi_int>(codes.layout)};
}

bool row_warp_serves(std::int64_t cols, std::int64_t group) {
  const bool power = group >= 8 && group <= 256 && (group & (group - 1)) == 0;
  return cols % 8 == 0 && cols <= ROW_WARP_LIMIT && (group == cols || power);
}

std::string_view row_warp_kernel(std::int64_t cols, std::int64_t group) {
  if (!row_warp_serves(cols, group)) return "group";
  return cols <= ROW_WARP_NARROW ? "warp" : "warp_wide";
}

KernelId row_kernel_of(const Queue& queue, std::string_view op, std::string_view variant,
                       std::int64_t cols, std::int64_t group) {
  KernelId kernel = kernel_of(queue, op, kRowVariants, variant);
  if (kernel.variant != "warp") return kernel;
  kernel.variant = row_warp_kernel(cols, group);
  if (kernel.variant == "group" && variant.data() != nullptr)
    throw Error(fmt::format("{}: variant 'warp' cannot take rows of {} in groups of {}", op, cols,
                            group));
  return kernel;
}

LaunchShape row_shape(const KernelId& kernel, std::int64_t rows, std::size_t items) {
  const auto count = static_cast<std::size_t>(rows);
  if (kernel.variant == "warp" || kernel.variant == "warp_wide")
    return {{(count + ROW_WARP_ROWS - 1) / ROW_WARP_ROWS * kWarpItems, 1, 1}, {kWarpItems, 1, 1}};
  if (kernel.variant == "group") return {{count * items, 1, 1}, {items, 1, 1}};
  return {{count, 1, 1}, {1, 1, 1}};
}

LaunchShape element_shape(const KernelId& kernel, std::int64_t elements) {
  const auto rounded = [&](std::int64_t unit) {
    return static_cast<std::size_t>((elements + unit - 1) / unit);
  };
  if (kernel.variant == "group") {
    const auto local = static_cast<std::size_t>(kElementGroup);
    return {{rounded(kElementGroup) * local, 1, 1}, {local, 1, 1}};
  }
  return {{rounded(kElementsPerItem), 1, 1}, {1, 1, 1}};
}

}  // namespace zerocl::ops
