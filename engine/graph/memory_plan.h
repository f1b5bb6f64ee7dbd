#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "engine/graph/graph.h"

namespace zerocl {

// Where each value of a graph lies in one buffer: values that are never alive together share bytes.
struct MemoryPlan {
  std::vector<std::size_t> offsets;  // by ValueId
  std::vector<std::size_t> bytes;    // by ValueId
  std::size_t total = 0;
};

// First fit in order of production: a value lives from its producer to its last consumer (the
// graph's output to the end). `size(value)` in bytes; offsets are multiples of `alignment`.
MemoryPlan plan_memory(const Graph& graph, std::size_t alignment,
                       const std::function<std::size_t(const Value&)>& size);

}  // namespace zerocl
