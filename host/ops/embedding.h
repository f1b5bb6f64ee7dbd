#pragma once

#include <optional>
#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// A table on the device: V rows of K elements.
struct EmbeddingTable {
  Tensor values;  // f32 or i8 [V, K], contiguous
  Tensor scales;  // i8: f32 [V, 1]; f32: empty
};

// A table with the row that each token takes.
struct EmbeddingInput {
  BufferView ids;  // i32 [M]; all inside the table, which the caller has checked
  EmbeddingTable table;
};

// y f32 [M, K] = word + type + position rows (NUMERICS.md 3.1). Throws Error naming the shapes.
void embedding(Queue& queue, BufferView ids, const EmbeddingTable& word,
               const std::optional<EmbeddingInput>& type,
               const std::optional<EmbeddingInput>& position, const Tensor& y,
               std::string_view variant = {});

}  // namespace zerocl::ops
