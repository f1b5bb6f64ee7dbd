#include "host/ops/embedding.h"

#include <fmt/format.h>

#include "cl_kernels/abi/embedding.h"
#include "host/error.h"
#include "host/ops/launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "embedding";

void check_table(std::string_view name, const EmbeddingTable& table, std::int64_t cols) {
  const Tensor& values = table.values;
  if (values.dtype == DType::f32) {
    check_f32(kOp, name, values, values.rows, cols);
    return;
  }
  if (values.dtype != DType::i8 || values.cols != cols || !values.contiguous() || !values.fits())
    throw Error(fmt::format(
        "{}: {} table is {} [{}, {}] in {} bytes; expected contiguous f32 or "
        "i8 [V, {}]",
        kOp, name, dtype_name(values.dtype), values.rows, values.cols, values.buffer.bytes, cols));
  check_f32(kOp, fmt::format("scales of {}", name), table.scales, values.rows, 1);
}

}  // namespace

void embedding(Queue& queue, BufferView ids, const EmbeddingTable& word,
               const std::optional<EmbeddingInput>& type,
               const std::optional<EmbeddingInput>& position, const Tensor& y,
               std::string_view variant) {
  check_shape(kOp, y);
  check_f32(kOp, "y", y, y.rows, y.cols);
  check_vector(kOp, "ids", ids, y.rows);
  check_table("word", word, y.cols);
  if (type) {
    check_vector(kOp, "types", type->ids, y.rows);
    check_table("type", type->table, y.cols);
  }
  if (position) {
    check_vector(kOp, "positions", position->ids, y.rows);
    check_table("position", position->table, y.cols);
  }
  const EmbeddingInput none;
  const EmbeddingInput& t = type ? *type : none;
  const EmbeddingInput& p = position ? *position : none;
  const auto is_i8 = [](const EmbeddingTable& table) {
    return static_cast<abi_int>(table.values.dtype == DType::i8);
  };
  const embedding_args args{
      .rows = static_cast<abi_int>(y.rows),
      .cols = static_cast<abi_int>(y.cols),
      .word_i8 = is_i8(word),
      .has_types = type.has_value(),
      .type_i8 = is_i8(t.table),
      .has_positions = position.has_value(),
      .position_i8 = is_i8(p.table),
  };
  const KernelId kernel = kernel_of(queue, kOp, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, y.rows, 128);
  queue.launch(kernel, shape.global, shape.local,
               {ids, t.ids, p.ids, word.values.buffer, word.scales.buffer, t.table.values.buffer,
                t.table.scales.buffer, p.table.values.buffer, p.table.scales.buffer, y.buffer},
               args);
}

}  // namespace zerocl::ops
