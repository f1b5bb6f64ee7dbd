#include "reference/embedding.h"

namespace zerocl::reference {
namespace {

float element(const EmbeddingTable& table, Index row, Index k) {
  if (table.codes.size() == 0) return table.values(row, k);
  return static_cast<float>(table.codes(row, k)) * table.scales(row, 0);
}

Index columns(const EmbeddingTable& table) {
  return table.codes.size() == 0 ? table.values.cols() : table.codes.cols();
}

}  // namespace

MatrixF embedding(const EmbeddingInput& word, const std::optional<EmbeddingInput>& type,
                  const std::optional<EmbeddingInput>& position) {
  MatrixF y(static_cast<Index>(word.ids.size()), columns(word.table));
  for (Index m = 0; m < y.rows(); ++m) {
    const auto token = static_cast<std::size_t>(m);
    for (Index k = 0; k < y.cols(); ++k) {
      float sum = element(word.table, word.ids[token], k);
      if (type) sum = sum + element(type->table, type->ids[token], k);
      if (position) sum = sum + element(position->table, position->ids[token], k);
      y(m, k) = sum;
    }
  }
  return y;
}

}  // namespace zerocl::reference
