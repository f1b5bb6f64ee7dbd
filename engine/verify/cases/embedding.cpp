#include "host/ops/embedding.h"

#include <fmt/format.h>

#include <optional>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/embedding.h"

namespace zerocl {
namespace {

enum class Table { none, f32, i8 };

// Which tables a model has and how they are stored.
struct Tables {
  Table word = Table::f32, type = Table::none, position = Table::none;
};

std::string describe(Table table, const char* name) {
  if (table == Table::none) return "";
  return fmt::format(" {}={}", name, table == Table::f32 ? "f32" : "i8");
}

reference::EmbeddingTable make_table(Table kind, std::uint64_t seed, std::int64_t rows,
                                     std::int64_t cols, Fill fill) {
  if (kind == Table::f32) return {make_matrix(seed, rows, cols, fill), {}, {}};
  reference::Quantized codes = make_quantized(seed, rows, cols, cols, fill);
  return {{}, std::move(codes.codes), std::move(codes.scales)};
}

double table_bytes(Table kind, std::int64_t rows, std::int64_t cols) {
  if (kind == Table::none) return 0;
  return 4.0 * static_cast<double>(rows) +
         (kind == Table::f32 ? f32_bytes(rows, cols) : code_matrix_bytes(rows, cols, cols));
}

class EmbeddingCase final : public RowCase {
 public:
  EmbeddingCase(RowShape shape, std::int32_t vocabulary, Tables tables, Fill fill)
      : RowCase("embedding",
                fmt::format("M={} K={} V={}{}{}{}", shape.rows, shape.cols, vocabulary,
                            describe(tables.word, "word"), describe(tables.type, "type"),
                            describe(tables.position, "position")),
                f32_bytes(shape.rows, shape.cols) +
                    table_bytes(tables.word, shape.rows, shape.cols) +
                    table_bytes(tables.type, shape.rows, shape.cols) +
                    table_bytes(tables.position, shape.rows, shape.cols)),
        shape_(shape),
        vocabulary_(vocabulary),
        tables_(tables),
        fill_(fill) {}

  std::vector<HostTensor> reference() const override {
    const Input word = input(tables_.word, 1, vocabulary_);
    const Input type = input(tables_.type, 2, kTypes);
    const Input position = input(tables_.position, 3, vocabulary_);
    const auto optional = [](const Input& from) -> std::optional<reference::EmbeddingInput> {
      if (from.ids.empty()) return std::nullopt;
      return reference::EmbeddingInput{from.ids, from.table};
    };
    return {expected(
        "y", reference::embedding({word.ids, word.table}, optional(type), optional(position)))};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    word_ = device_input(queue, tables_.word, 1, vocabulary_);
    type_ = device_input(queue, tables_.type, 2, kTypes);
    position_ = device_input(queue, tables_.position, 3, vocabulary_);
    y_ = allocate_f32(queue, shape_.rows, shape_.cols);
  }

  void launch(Queue& queue) override {
    const auto optional = [](const DeviceInput& from) -> std::optional<ops::EmbeddingInput> {
      if (!from.ids) return std::nullopt;
      return ops::EmbeddingInput{from.ids, from.table};
    };
    ops::embedding(queue, word_.ids, word_.table, optional(type_), optional(position_), y_.tensor,
                   variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "y", y_.tensor)};
  }

 private:
  static constexpr std::int32_t kTypes = 2;

  struct Input {
    std::vector<std::int32_t> ids;  // empty: no such table
    reference::EmbeddingTable table;
  };
  struct DeviceInput {
    Buffer ids;
    DeviceF32 f32;
    DeviceCodes i8;
    ops::EmbeddingTable table;
  };

  Input input(Table kind, std::uint64_t seed, std::int32_t rows) const {
    if (kind == Table::none) return {};
    return {make_indices(seed + 10, shape_.rows, rows),
            make_table(kind, seed, rows, shape_.cols, fill_)};
  }

  DeviceInput device_input(Queue& queue, Table kind, std::uint64_t seed, std::int32_t rows) const {
    DeviceInput made;
    if (kind == Table::none) return made;
    const Input from = input(kind, seed, rows);
    made.ids = upload(queue, std::span(from.ids));
    if (kind == Table::f32) {
      made.f32 = upload(queue, from.table.values);
      made.table.values = made.f32.tensor;
    } else {
      made.i8 = upload(queue, {from.table.codes, from.table.scales, shape_.cols},
                       ops::CodesLayout::i8, shape_.cols);
      made.table = {made.i8.view.codes, made.i8.view.scales};
    }
    return made;
  }

  RowShape shape_;
  std::int32_t vocabulary_;
  Tables tables_;
  Fill fill_;
  std::string variant_;
  DeviceInput word_, type_, position_;
  DeviceF32 y_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](RowShape shape, std::int32_t vocabulary, Tables tables, Fill fill) {
    out.push_back(std::make_unique<EmbeddingCase>(shape, vocabulary, tables, fill));
  };
  constexpr Tables kAll[] = {
      {Table::f32, Table::none, Table::none}, {Table::f32, Table::f32, Table::f32},
      {Table::i8, Table::f32, Table::i8},     {Table::i8, Table::i8, Table::f32},
      {Table::f32, Table::none, Table::i8},   {Table::i8, Table::none, Table::none}};
  if (grid == CaseGrid::bench) {
    for (const RowShape& shape : bench_shapes(false))
      for (const Table word : {Table::f32, Table::i8})
        add(shape, 30522, {word, Table::f32, Table::f32}, Fill::random);
    return out;
  }
  std::size_t i = 0;
  for (const RowShape& shape : row_shapes(grid))
    add(shape, 11, kAll[i++ % std::size(kAll)], Fill::random);
  for (const RowShape& shape : special_shapes(grid))
    for (const Tables& tables : kAll)
      add(shape, static_cast<std::int32_t>(special_row_kinds()), tables, Fill::special);
  return out;
}

}  // namespace

KernelFamily embedding_family() {
  return {"embedding", portable_variant_names, cases};
}

}  // namespace zerocl
