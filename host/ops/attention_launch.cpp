#include "host/ops/attention_launch.h"

#include <fmt/format.h>

#include <limits>

#include "host/error.h"
#include "host/ops/linear_launch.h"  // divide_up

namespace zerocl::ops {

KernelId attention_kernel(const Queue& queue, std::string_view op, std::span<const Variant> table,
                          const KvCacheShape& shape, std::string_view variant) {
  KernelId kernel = kernel_of(queue, op, table, variant);
  if (kv_layout_of(kernel.variant) != shape.layout)
    throw Error(fmt::format("{}: variant '{}' reads another layout than this key/value cache has",
                            op, kernel.variant));
  return kernel;
}

void check_sequences(std::string_view op, const Sequences& sequences, std::int64_t rows,
                     KvCacheShape::Type type, const KvCacheShape& shape,
                     const KvCacheLayer& layer) {
  if (sequences.rows != rows)
    throw Error(
        fmt::format("{}: the sequences have {} rows, the matrix {}", op, sequences.rows, rows));
  if (shape.type != type)
    throw Error(fmt::format("{}: the key/value cache holds {}", op,
                            shape.type == KvCacheShape::Type::i8    ? "INT8 codes"
                            : shape.type == KvCacheShape::Type::f16 ? "halves"
                                                                    : "floats"));
  if (rows > 0 && (sequences.block_limit < 1 || sequences.block_limit > shape.blocks))
    throw Error(
        fmt::format("{}: the sequences use cache blocks up to {} (0: none), the cache has "
                    "{}",
                    op, sequences.block_limit, shape.blocks));
  check_kv(op, shape, layer);
}

void check_f32_rows(std::string_view op, std::string_view name, const Tensor& tensor,
                    std::int64_t rows, std::int64_t cols) {
  if (tensor.dtype == DType::f32 && tensor.rows == rows && tensor.cols == cols && tensor.fits() &&
      tensor.stride <= std::numeric_limits<std::int32_t>::max())
    return;
  throw Error(fmt::format("{}: {} is {} [{}, {}], stride {}, in {} bytes; expected f32 [{}, {}]",
                          op, name, dtype_name(tensor.dtype), tensor.rows, tensor.cols,
                          tensor.stride, tensor.buffer.bytes, rows, cols));
}

LaunchShape tile_shape(const KernelId& kernel, const Sequences& sequences, std::int64_t heads) {
  const auto columns = static_cast<std::size_t>(heads);
  if (kernel.variant.empty())
    return {{columns, static_cast<std::size_t>(sequences.cpu_tiles.count), 1}, {1, 1, 1}};
  constexpr std::size_t kItems = 64;
  const auto tiles = static_cast<std::size_t>(sequences.gpu_tiles.count);
  return {{tiles * kItems, columns, 1}, {kItems, 1, 1}};
}

StoreLaunch store_launch(const KernelId& kernel, const Sequences& sequences, std::int64_t heads,
                         std::int64_t rows, std::int64_t items) {
  if (kernel.variant.empty())
    return {tile_shape(kernel, sequences, heads), sequences.cpu_tiles.table};
  constexpr std::int64_t kItems = 256;
  const auto global = static_cast<std::size_t>(divide_up(rows * items, kItems) * kItems);
  return {{{global}, {kItems}}, sequences.row_sequence};
}

const BufferView& tile_table(const KernelId& kernel, const Sequences& sequences) {
  return kernel.variant.empty() ? sequences.cpu_tiles.table : sequences.gpu_tiles.table;
}

}  // namespace zerocl::ops
