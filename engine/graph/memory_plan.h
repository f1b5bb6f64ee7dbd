#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "engine/graph/graph.h"

namespace zerocl {

// The two parts of a value: the f32 elements or the codes, and the scales of codes.
enum class ValuePart { elements, scales };

// Which buffer each value of a graph lies in: values that are never alive together share one.
// Whole buffers and not ranges of a large one, because NVIDIA's driver (580.159) faults on
// sub-buffers that overlap.
struct MemoryPlan {
  static constexpr int kNone = -1;  // the part does not exist
  std::vector<int> elements;        // by ValueId: index of a buffer
  std::vector<int> scales;          // by ValueId
  std::vector<std::size_t> bytes;   // by buffer
  std::size_t total() const;
};

// A value lives from its producer to its last consumer (the graph's output to the end). It takes
// the smallest free buffer that holds it, else the largest free one grows, else there is a new one.
// `size(value, part)` in bytes, 0 for a part that does not exist.
MemoryPlan plan_memory(const Graph& graph,
                       const std::function<std::size_t(const Value&, ValuePart)>& size);

}  // namespace zerocl
