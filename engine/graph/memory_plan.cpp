#include "engine/graph/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace zerocl {
namespace {

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

// The buffers so far, each with the node after which it is free again.
class Slots {
 public:
  int take(std::size_t bytes, std::size_t node, std::size_t last_use) {
    if (bytes == 0) return MemoryPlan::kNone;
    int best = MemoryPlan::kNone;
    for (int i = 0; i < static_cast<int>(bytes_.size()); ++i)
      if (busy_until_[at(i)] < node && (best < 0 || better(i, best, bytes))) best = i;
    if (best < 0) {
      best = static_cast<int>(bytes_.size());
      bytes_.push_back(0);
      busy_until_.push_back(0);
    }
    bytes_[at(best)] = std::max(bytes_[at(best)], bytes);
    busy_until_[at(best)] = last_use;
    return best;
  }
  std::vector<std::size_t> bytes() && { return std::move(bytes_); }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  // Large enough beats too small; among the large enough the smaller, among the others the larger.
  bool better(int a, int b, std::size_t bytes) const {
    const bool a_holds = bytes_[at(a)] >= bytes, b_holds = bytes_[at(b)] >= bytes;
    if (a_holds != b_holds) return a_holds;
    return a_holds ? bytes_[at(a)] < bytes_[at(b)] : bytes_[at(a)] > bytes_[at(b)];
  }

  std::vector<std::size_t> bytes_;
  std::vector<std::size_t> busy_until_;  // last node that uses what lies there
};

}  // namespace

std::size_t MemoryPlan::total() const {
  return std::accumulate(bytes.begin(), bytes.end(), std::size_t{0});
}

MemoryPlan plan_memory(const Graph& graph,
                       const std::function<std::size_t(const Value&, ValuePart)>& size) {
  MemoryPlan plan;
  plan.elements.assign(graph.values.size(), MemoryPlan::kNone);
  plan.scales.assign(graph.values.size(), MemoryPlan::kNone);
  const std::vector<std::size_t> last = last_uses(graph);
  Slots slots;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    for (ValueId id : graph.nodes[n].outputs) {
      if (id == kNoValue) continue;
      const auto v = static_cast<std::size_t>(id);
      const Value& value = graph.values[v];
      plan.elements[v] = slots.take(size(value, ValuePart::elements), n, last[v]);
      plan.scales[v] = slots.take(size(value, ValuePart::scales), n, last[v]);
    }
  plan.bytes = std::move(slots).bytes();
  return plan;
}

}  // namespace zerocl
