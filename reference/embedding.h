#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

// A table of V rows of K elements: f32, or int8 with one scale a row.
struct EmbeddingTable {
  MatrixF values;  // [V, K]; empty for int8
  MatrixI8 codes;  // [V, K]; empty for f32
  MatrixF scales;  // [V, 1]; int8 alone
};

// One table with the row that each token takes; ids lie inside the table.
struct EmbeddingInput {
  std::span<const std::int32_t> ids;  // [M]
  const EmbeddingTable& table;
};

// NUMERICS.md 3.1: y [M, K] = word + type + position, added in this order.
MatrixF embedding(const EmbeddingInput& word, const std::optional<EmbeddingInput>& type,
                  const std::optional<EmbeddingInput>& position);

}  // namespace zerocl::reference
