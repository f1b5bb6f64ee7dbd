#include "host/ops/mean_pool.h"

#include <fmt/format.h>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/mean_pool.h"

namespace zerocl {
namespace {

// Sequences of `lengths` rows, one after another.
class MeanPoolCase final : public RowCase {
 public:
  MeanPoolCase(const std::vector<std::int32_t>& lengths, std::int64_t cols, Fill fill)
      : RowCase("mean_pool",
                fmt::format("S={} T={} K={}", lengths.size(), lengths_text(lengths), cols),
                total_bytes(lengths, cols)),
        cols_(cols),
        fill_(fill) {
    for (const std::int32_t length : lengths) {
      entries_.push_back({static_cast<std::int32_t>(rows_), length, 0, 0});
      rows_ += length;
    }
  }

  std::vector<HostTensor> reference() const override {
    return {expected("y", reference::mean_pool(input(), entries_))};
  }

  void prepare(Queue& queue, const std::string& variant) override {
    variant_ = variant;
    x_ = upload(queue, input());
    table_ = Buffer(*queue.context(), entries_.size() * sizeof(sequence_entry));
    queue.write(table_, std::span(std::as_const(entries_)));
    sequences_.entries = table_;
    sequences_.host = entries_;
    sequences_.rows = rows_;
    y_ = allocate_f32(queue, static_cast<std::int64_t>(entries_.size()), cols_);
  }

  void launch(Queue& queue) override {
    ops::mean_pool(queue, x_.tensor, sequences_, y_.tensor, variant_);
  }

  std::vector<HostTensor> outputs(Queue& queue) override {
    return {download(queue, "y", y_.tensor)};
  }

 private:
  static std::string lengths_text(const std::vector<std::int32_t>& lengths) {
    const bool alike = lengths.size() > 4;
    return alike ? fmt::format("{}", lengths.front()) : fmt::format("{}", fmt::join(lengths, ","));
  }

  static double total_bytes(const std::vector<std::int32_t>& lengths, std::int64_t cols) {
    double bytes = 0;
    for (const std::int32_t length : lengths) bytes += f32_bytes(length + 1, cols);
    return bytes;
  }

  reference::MatrixF input() const { return make_matrix(53, rows_, cols_, fill_); }

  std::int64_t cols_;
  std::int64_t rows_ = 0;
  Fill fill_;
  std::vector<sequence_entry> entries_;
  std::string variant_;
  DeviceF32 x_, y_;
  Buffer table_;
  ops::Sequences sequences_;
};

KernelCases cases(CaseGrid grid) {
  KernelCases out;
  const auto add = [&](const std::vector<std::int32_t>& lengths, std::int64_t cols, Fill fill) {
    out.push_back(std::make_unique<MeanPoolCase>(lengths, cols, fill));
  };
  if (grid == CaseGrid::bench) {
    for (const std::size_t sequences : {1, 16, 128})
      for (const std::int64_t cols : {384, 768, 1024})
        add(std::vector<std::int32_t>(sequences, 128), cols, Fill::random);
    return out;
  }
  for (const RowShape& shape : row_shapes(grid)) add({3, 1, 7}, shape.cols, Fill::random);
  for (const RowShape& shape : special_shapes(grid)) {
    add(std::vector<std::int32_t>(static_cast<std::size_t>(shape.rows), 1), shape.cols,
        Fill::special);
    add({2, 3, 5, static_cast<std::int32_t>(shape.rows) - 10}, shape.cols, Fill::special);
  }
  add({257, 128, 1, 511}, 65, Fill::random);
  return out;
}

}  // namespace

KernelFamily mean_pool_family() {
  return {"mean_pool", portable_variant_names, cases};
}

}  // namespace zerocl
