#include "engine/graph/memory_plan.h"

#include <algorithm>

namespace zerocl {
namespace {

struct Block {
  std::size_t begin, end;
  std::size_t last_use;  // node index
};

std::vector<std::size_t> last_uses(const Graph& graph) {
  std::vector<std::size_t> last(graph.values.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (ValueId id : graph.nodes[n].outputs)
      if (id != kNoValue) last[static_cast<std::size_t>(id)] = n;
    for (ValueId id : graph.nodes[n].inputs) last[static_cast<std::size_t>(id)] = n;
  }
  if (graph.output != kNoValue) last[static_cast<std::size_t>(graph.output)] = graph.nodes.size();
  return last;
}

// The lowest gap of `bytes` between the live blocks, which are sorted by begin.
std::size_t first_fit(const std::vector<Block>& live, std::size_t bytes) {
  std::size_t offset = 0;
  for (const Block& block : live) {
    if (offset + bytes <= block.begin) break;
    offset = std::max(offset, block.end);
  }
  return offset;
}

}  // namespace

MemoryPlan plan_memory(const Graph& graph, std::size_t alignment,
                       const std::function<std::size_t(const Value&)>& size) {
  MemoryPlan plan;
  plan.offsets.resize(graph.values.size());
  plan.bytes.resize(graph.values.size());
  const std::vector<std::size_t> last = last_uses(graph);
  std::vector<Block> live;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    std::erase_if(live, [&](const Block& block) { return block.last_use < n; });
    for (ValueId id : graph.nodes[n].outputs) {
      if (id == kNoValue) continue;
      const auto v = static_cast<std::size_t>(id);
      const std::size_t bytes = size(graph.values[v]);
      const std::size_t padded =
          (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
      const std::size_t offset = first_fit(live, padded);
      plan.offsets[v] = offset;
      plan.bytes[v] = bytes;
      plan.total = std::max(plan.total, offset + padded);
      const Block block{offset, offset + padded, last[v]};
      live.insert(
          std::upper_bound(live.begin(), live.end(), block,
                           [](const Block& a, const Block& b) { return a.begin < b.begin; }),
          block);
    }
  }
  return plan;
}

}  // namespace zerocl
