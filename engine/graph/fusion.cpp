#include "engine/graph/fusion.h"

#include <algorithm>

namespace zerocl {
namespace {

std::size_t readers(const Graph& graph, ValueId id) {
  std::size_t count = id == graph.output ? 1 : 0;
  for (const Node& node : graph.nodes)
    count += static_cast<std::size_t>(std::count(node.inputs.begin(), node.inputs.end(), id));
  return count;
}

}  // namespace

Fusion fuse_nodes(const Graph& graph, const std::function<bool(const Node&, const Node&)>& can) {
  Fusion fusion;
  fusion.first.assign(graph.nodes.size(), Fusion::kAlone);
  fusion.merged.assign(graph.nodes.size(), false);
  for (std::size_t n = 1; n < graph.nodes.size(); ++n) {
    const Node& first = graph.nodes[n - 1];
    const Node& second = graph.nodes[n];
    if (first.outputs.size() != 1 || second.inputs.empty() || second.inputs[0] != first.outputs[0])
      continue;
    if (readers(graph, first.outputs[0]) != 1 || !can(first, second)) continue;
    fusion.first[n] = static_cast<int>(n - 1);
    fusion.merged[n - 1] = true;
  }
  return fusion;
}

Graph with_fused_inputs(const Graph& graph, const Fusion& fusion) {
  Graph out = graph;
  for (std::size_t n = 0; n < out.nodes.size(); ++n) {
    if (fusion.first[n] == Fusion::kAlone) continue;
    const Node& first = graph.nodes[static_cast<std::size_t>(fusion.first[n])];
    out.nodes[n].inputs.insert(out.nodes[n].inputs.end(), first.inputs.begin(), first.inputs.end());
  }
  return out;
}

}  // namespace zerocl
